import { describe } from 'vitest'
import { refusesBadRequests } from './bad-requests.ts'
import { admitsSenders } from './event-senders.ts'
import { acceptsTokens } from './issuer-callers.ts'
import { RUNTIMES } from './runtimes.ts'
import { conforms } from './suite.ts'

describe('the API on workerd', () => conforms(RUNTIMES.workerd))
describe('senders of events on workerd', () => admitsSenders(RUNTIMES.workerd))
describe('bad requests on workerd', () => refusesBadRequests(RUNTIMES.workerd))
describe('callers with tokens on workerd', () => acceptsTokens(RUNTIMES.workerd))
