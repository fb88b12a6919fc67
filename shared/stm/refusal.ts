// What an answer of Software Trust Manager that is not a success means to whoever runs notation: the words
// of DigiCert's guide, then what the service said, then the remedy.

import { type ErrorCode, NotationError } from '../errors.ts'
import { hostHint } from './host.ts'
import { type ProblemBody, readProblemBody } from './problem-body.ts'
import { retryAfterSeconds } from './retry.ts'
import type { StmAnswer } from './transport.ts'

/** What was asked for, in the words that messages start with. */
export type StmOperation = 'get keypair' | 'sign' | 'get signature'

/** What a message needs beside the answer. */
export interface RefusalContext {
  readonly operation: StmOperation
  /** Origin of the service. */
  readonly host: string
  readonly now: Date
}

/** How a status is reported. */
interface StatusMeaning {
  readonly code: ErrorCode
  readonly phrase: string
  readonly remedy?: string
}

const STATUS_MEANINGS: Readonly<Record<number, StatusMeaning>> = {
  400: { code: 'signer-answer-invalid', phrase: 'Bad Request' },
  401: {
    code: 'signer-denied',
    phrase: 'Unauthorized',
    remedy:
      'check SM_API_KEY: it must be unexpired and made on this very host, keys of another region or of the demo environment are not accepted',
  },
  403: {
    code: 'signer-denied',
    phrase: 'Forbidden',
    remedy:
      'give the user of SM_API_KEY the role and the permissions that signing with this keypair needs',
  },
  404: { code: 'key-unknown', phrase: 'Not Found' },
  407: { code: 'configuration-invalid', phrase: 'Proxy Authentication Required' },
  429: { code: 'signer-throttled', phrase: 'Too Many Requests' },
  500: { code: 'signer-unavailable', phrase: 'Internal Server Error' },
  502: { code: 'signer-unavailable', phrase: 'Bad Gateway' },
  503: { code: 'signer-unavailable', phrase: 'Service Unavailable', remedy: 'try again later' },
  504: { code: 'signer-timeout', phrase: 'Gateway Timeout' },
}

/** Remedies for what the service says in its own words, first match first. */
const SPOKEN_REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /multi-factor|client authentication certificate/i,
    'SM_HOST must be the host that takes client certificates (its name starts with "clientauth."), and SM_CLIENT_CERT_FILE an unrevoked certificate of the same user as SM_API_KEY',
  ],
  [
    /\bOFFLINE\b/,
    'an OFFLINE keypair signs only in an approved release window: open one, or set the keypair ONLINE',
  ],
  [/restricted to a team/i, 'ask an administrator to make you a member of that active team'],
  [
    /signature algorithm|sig_alg/i,
    'name the algorithm as your service does, with the signature_algorithm_… settings of the README',
  ],
]

/** Said with every failure after which a signature may exist that nobody received. */
export const MAY_BE_SPENT =
  'a signature may have been spent, so the request was not repeated; look in the signature log before you sign again'

/**
 * The error for an answer whose status is not 2xx, or whose body is HTML.
 *
 * A sign request that the service failed on after it had taken it is `signature-unaccounted`.
 */
export function refusalOf(answer: StmAnswer, context: RefusalContext): NotationError {
  const body = readProblemBody(answer.body)
  if (body.format === 'html') return htmlInstead(answer, context)
  const meaning = STATUS_MEANINGS[answer.status]
  const parts = [
    introduction(answer.status, context),
    spoken(body),
    remedyOf(answer, body, context),
  ].filter((part) => part !== '')
  if (isUnaccounted(answer.status, context))
    return new NotationError('signature-unaccounted', [...parts, MAY_BE_SPENT].join(': '))
  const seconds = retryAfterSeconds(answer, context.now)
  return new NotationError(
    meaning?.code ?? (answer.status >= 500 ? 'signer-unavailable' : 'signer-answer-invalid'),
    parts.join(': '),
    seconds === undefined ? {} : { retryAfterSeconds: seconds },
  )
}

function introduction(status: number, { operation }: RefusalContext): string {
  const phrase = STATUS_MEANINGS[status]?.phrase
  const statusLine = phrase === undefined ? `${status}` : `${status} ${phrase}`
  return status === 401
    ? `failed to setup STM client: ${statusLine}`
    : `failed to ${operation}: ${statusLine}`
}

function spoken(body: ProblemBody): string {
  return [body.word, body.message].filter((part) => part !== undefined).join(': ')
}

function remedyOf(answer: StmAnswer, body: ProblemBody, context: RefusalContext): string {
  const said = body.message ?? ''
  const spokenRemedy = SPOKEN_REMEDIES.find(([pattern]) => pattern.test(said))?.[1]
  const seconds = retryAfterSeconds(answer, context.now)
  const hints = [
    spokenRemedy ?? STATUS_MEANINGS[answer.status]?.remedy,
    answer.status === 401 || answer.status === 403 ? hostHint(context.host) : undefined,
    answer.status >= 300 && answer.status < 400
      ? 'a redirect is not followed; check SM_HOST'
      : undefined,
    seconds === undefined ? undefined : `the service asks to wait ${seconds} s`,
  ]
  return hints.filter((hint) => hint !== undefined).join('; ')
}

/** A gateway's 5xx may hide a signature that was made; 503 and 429 are said to come before any work. */
function isUnaccounted(status: number, { operation }: RefusalContext): boolean {
  return operation === 'sign' && status >= 500 && status !== 503
}

function htmlInstead(answer: StmAnswer, context: RefusalContext): NotationError {
  const mayBeSpent = context.operation === 'sign' && answer.status !== 503
  const found = `failed to ${context.operation}: ${context.host} answered ${answer.status} with HTML instead of JSON`
  const remedy =
    hostHint(context.host) ??
    'check that SM_HOST is the address of Software Trust Manager, and that no proxy puts its own page in between'
  return mayBeSpent
    ? new NotationError('signature-unaccounted', `${found}: ${remedy}: ${MAY_BE_SPENT}`)
    : new NotationError(
        answer.status === 503 ? 'signer-unavailable' : 'signer-answer-invalid',
        `${found}: ${remedy}`,
      )
}
