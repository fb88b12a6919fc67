import { describe } from 'vitest'
import { acceptsTokens } from './issuer-callers.ts'
import { RUNTIMES } from './runtimes.ts'
import { conforms } from './suite.ts'

describe('the API on workerd', () => conforms(RUNTIMES.workerd))
describe('callers with tokens on workerd', () => acceptsTokens(RUNTIMES.workerd))
