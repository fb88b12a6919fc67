import { describe } from 'vitest'
import { RUNTIMES } from './runtimes.ts'
import { conforms } from './suite.ts'

describe('the API on Node', () => conforms(RUNTIMES.Node))
