import { existsSync } from 'node:fs'
import { describe } from 'vitest'
import { DENO_PATH } from '../peers/runtimes.ts'
import { leaveOut } from '../support/peers.ts'
import { acceptsTokens } from './issuer-callers.ts'
import { RUNTIMES } from './runtimes.ts'
import { conforms } from './suite.ts'

if (existsSync(DENO_PATH)) {
  describe('the API on Deno', () => conforms(RUNTIMES.Deno))
  describe('callers with tokens on Deno', () => acceptsTokens(RUNTIMES.Deno))
} else leaveOut('the API on Deno', 'Deno')
