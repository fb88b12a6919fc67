import { describe } from 'vitest'
import { refusesBadRequests } from './bad-requests.ts'
import { admitsSenders } from './event-senders.ts'
import { acceptsTokens } from './issuer-callers.ts'
import { operates } from './operations.ts'
import { RUNTIMES } from './runtimes.ts'
import { conforms } from './suite.ts'
import { leavesTraces } from './tracing.ts'

describe('the API on Node', () => conforms(RUNTIMES.Node))
describe('senders of events on Node', () => admitsSenders(RUNTIMES.Node))
describe('bad requests on Node', () => refusesBadRequests(RUNTIMES.Node))
describe('callers with tokens on Node', () => acceptsTokens(RUNTIMES.Node))
describe('the operation of the API on Node', () => operates(undefined))
describe('traces of the API on Node', () => leavesTraces(undefined))
