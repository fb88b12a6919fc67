// Misbehaviour on demand, as data: which operation, which answers, how often. How each answer is given
// stands in fault-answers.ts.

import { OPERATIONS, type Operation } from './journal.ts'
import { seededRandom } from './random.ts'
import { SetupError } from './setup-error.ts'

/** Operations that are not the API's. */
const OTHER_OPERATIONS: readonly Operation[] = ['timestamp', 'ocsp', 'crl']

/** What a fault makes of an answer, with the operations it fits; `api` are all but OTHER_OPERATIONS. */
export const FAULT_ANSWERS = {
  unauthorized: 'api',
  forbidden: 'api',
  'not-found': 'api',
  throttled: 'all',
  unavailable: 'all',
  'server-error': 'all',
  slow: 'all',
  hang: 'all',
  reset: 'all',
  html: 'all',
  truncated: 'all',
  'cut-off': 'all',
  garbage: ['ocsp', 'crl'],
  'too-large': ['ocsp', 'crl'],
  'try-later': ['ocsp'],
  'wrong-signature': ['sign', 'ocsp', 'crl'],
  'short-signature': ['sign'],
  'wrong-salt': ['sign'],
  'wrong-nonce': ['timestamp', 'ocsp'],
  'wrong-imprint': ['timestamp'],
  rejected: ['timestamp'],
} as const satisfies Record<string, 'all' | 'api' | readonly Operation[]>
/** What comes, by its name in a fault list. */
export type FaultAnswer = keyof typeof FAULT_ANSWERS

/** One fault. Without `next` and `share` it meets every answer until the list is replaced. */
export interface Fault {
  readonly on: Operation
  readonly answer: FaultAnswer
  /** The next N answers only. */
  readonly next?: number
  /** A share of the answers, above 0 and at most 1, drawn from the seed. */
  readonly share?: number
  /** With `throttled` and `unavailable`: when to come again; no header without it. */
  readonly retryAfterSeconds?: number
  /** Form of the Retry-After header; seconds unless said. */
  readonly retryAfterForm?: 'seconds' | 'http-date'
  /** With `slow`; 5 seconds unless said. */
  readonly delayMs?: number
}

const RETRY_AFTER_FORMS = ['seconds', 'http-date'] as const
const MEMBERS = [
  'on',
  'answer',
  'next',
  'share',
  'retryAfterSeconds',
  'retryAfterForm',
  'delayMs',
] as const satisfies readonly (keyof Fault)[]

/** A day: longer waits are mistakes. */
const MAX_SECONDS = 86_400

/** Faults in their order, with what is left of each. */
export class FaultSchedule {
  readonly faults: readonly Fault[]
  readonly #left: (number | undefined)[]
  readonly #random: () => number

  constructor(faults: readonly Fault[], seed: number) {
    this.faults = faults
    this.#left = faults.map((fault) => fault.next)
    this.#random = seededRandom(seed)
  }

  /** The first fault that is due for an answer of this operation; a counted one is used up by it. */
  take(operation: Operation): Fault | undefined {
    return this.faults.find((fault, index) => {
      if (fault.on !== operation) return false
      if (fault.share !== undefined) return this.#random() < fault.share
      const left = this.#left[index]
      if (left === undefined) return true
      this.#left[index] = Math.max(0, left - 1)
      return left > 0
    })
  }
}

/**
 * A list of faults from JSON.
 *
 * @throws {SetupError} that names the member which is wrong
 */
export function parseFaults(value: unknown): readonly Fault[] {
  if (!Array.isArray(value)) throw new SetupError('Cannot read faults: wanted a list')
  return value.map((item: unknown, index) => parseFault(item, `faults[${index}]`))
}

function parseFault(value: unknown, where: string): Fault {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(where, 'is no object', `one with the members ${MEMBERS.join(', ')}`)
  const unknown = Object.keys(value).find((key) => !(MEMBERS as readonly string[]).includes(key))
  if (unknown !== undefined)
    throw wrong(`${where}.${unknown}`, 'is not known', `one of ${MEMBERS.join(', ')}`)
  const raw = value as Partial<Record<keyof Fault, unknown>>
  const at = (member: keyof Fault) => `${where}.${member}`
  const on = oneOf(raw.on, OPERATIONS, at('on'))
  const answer = parseAnswer(raw.answer, on, at('answer'))
  if (raw.next !== undefined && raw.share !== undefined)
    throw wrong(at('share'), 'stands beside "next"', 'one of the two')
  return {
    on,
    answer,
    ...optional('next', wholeNumber(raw.next, Number.MAX_SAFE_INTEGER, at('next'))),
    ...optional('share', parseShare(raw.share, at('share'))),
    ...optional(
      'retryAfterSeconds',
      wholeNumber(raw.retryAfterSeconds, MAX_SECONDS, at('retryAfterSeconds')),
    ),
    ...optional(
      'retryAfterForm',
      raw.retryAfterForm === undefined
        ? undefined
        : oneOf(raw.retryAfterForm, RETRY_AFTER_FORMS, at('retryAfterForm')),
    ),
    ...optional('delayMs', wholeNumber(raw.delayMs, MAX_SECONDS * 1000, at('delayMs'))),
  }
}

function parseAnswer(value: unknown, on: Operation, where: string): FaultAnswer {
  const fits = (scope: 'all' | 'api' | readonly Operation[]) =>
    scope === 'api' ? !OTHER_OPERATIONS.includes(on) : scope === 'all' || scope.includes(on)
  const answers = Object.entries(FAULT_ANSWERS).filter(([, scope]) => fits(scope))
  return oneOf(value, answers.map(([name]) => name) as FaultAnswer[], where)
}

function parseShare(value: unknown, where: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && value > 0 && value <= 1) return value
  throw wrong(where, `is ${JSON.stringify(value)}`, 'a number above 0 and at most 1')
}

function wholeNumber(value: unknown, atMost: number, where: string): number | undefined {
  if (value === undefined) return undefined
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= atMost) return Number(value)
  throw wrong(where, `is ${JSON.stringify(value)}`, `a whole number from 0 to ${atMost}`)
}

function oneOf<T extends string>(value: unknown, known: readonly T[], where: string): T {
  const found = known.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw wrong(where, `is ${JSON.stringify(value)}`, `one of ${known.join(', ')}`)
}

function optional<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T }
}

function wrong(where: string, found: string, wanted: string): SetupError {
  return new SetupError(`Cannot read faults: ${where} ${found}, wanted ${wanted}`)
}
