import { existsSync } from 'node:fs'
import { describe } from 'vitest'
import { DENO_PATH } from '../peers/runtimes.ts'
import { onDeno } from '../support/api-process.ts'
import { leaveOut } from '../support/peers.ts'
import { refusesBadRequests } from './bad-requests.ts'
import { admitsSenders } from './event-senders.ts'
import { acceptsTokens } from './issuer-callers.ts'
import { operates } from './operations.ts'
import { RUNTIMES } from './runtimes.ts'
import { conforms } from './suite.ts'
import { leavesTraces } from './tracing.ts'

if (existsSync(DENO_PATH)) {
  describe('the API on Deno', () => conforms(RUNTIMES.Deno))
  describe('senders of events on Deno', () => admitsSenders(RUNTIMES.Deno))
  describe('bad requests on Deno', () => refusesBadRequests(RUNTIMES.Deno))
  describe('callers with tokens on Deno', () => acceptsTokens(RUNTIMES.Deno))
  describe('the operation of the API on Deno', () => operates(onDeno(DENO_PATH)))
  describe('traces of the API on Deno', () => leavesTraces(onDeno(DENO_PATH)))
} else leaveOut('the API on Deno', 'Deno')
