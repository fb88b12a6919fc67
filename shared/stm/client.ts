// The three REST calls that signing needs of Software Trust Manager: keypairs by alias, a keypair by id,
// a signature over a digest. Retries stand in retry.ts, which keypair is meant in key-lookup.ts.

import { encodeBase64 } from '../base64.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { answerInvalid } from './fields.ts'
import { isHtml } from './problem-body.ts'
import { MAY_BE_SPENT, type RefusalContext, refusalOf, type StmOperation } from './refusal.ts'
import { exchangeWithRetries, type RetryDeps, type TimeLimits } from './retry.ts'
import type { StmAnswer, StmFailure } from './transport.ts'
import {
  type Keypair,
  type KeypairPage,
  parseKeypairAnswer,
  parseKeypairPage,
  parseSignAnswer,
} from './wire.ts'

/** Which service, as whom, and for how long. */
export interface StmClientOptions extends RetryDeps, TimeLimits {
  /** Origin without a slash at the end, as parseHost returns it. */
  readonly host: string
  readonly apiKey: string
}

/** What to sign, in the service's words. */
export interface SignRequest {
  readonly keypairId: string
  /** The service's name of the algorithm. */
  readonly signatureAlgorithm: string
  readonly digest: Uint8Array
}

/** A signature as the service made it: not verified. */
export interface MadeSignature {
  /** Names the signature in the service's audit log. */
  readonly id: string | undefined
  /** ECDSA in DER, or fixed-width. */
  readonly signature: Uint8Array
}

/** Calls to one service within one time limit. All throw NotationErrors of refusal.ts and transports. */
export interface StmClient {
  /** @returns undefined when the service answers 404 */
  fetchKeypair(id: string): Promise<Keypair | undefined>
  /** @param alias - as the service's filter takes it, which may match more than this alias; undefined lists all */
  fetchKeypairPage(alias: string | undefined, offset: number): Promise<KeypairPage>
  fetchSignature(request: SignRequest): Promise<MadeSignature>
}

/** The largest page that a public client asks for; the service's own limit is not known. */
const PAGE_SIZE = 100
const API_PATH = '/signingmanager/api/v1'
const USER_AGENT = 'notation-digicert-stm'

/** Creates a client. Nothing is sent before the first call. */
export function createStmClient(options: StmClientOptions): StmClient {
  return {
    async fetchKeypair(id) {
      const answer = await exchange(options, 'get keypair', `/keypairs/${encodeURIComponent(id)}`)
      if (answer.status === 404 && !isHtml(answer.body)) return undefined
      return parseKeypairAnswer(successBody(answer, contextOf(options, 'get keypair')))
    },
    async fetchKeypairPage(alias, offset) {
      const filter = alias === undefined ? '' : `alias=${encodeURIComponent(alias)}&`
      const start = offset === 0 ? '' : `&offset=${offset}`
      const path = `/keypairs?${filter}limit=${PAGE_SIZE}${start}`
      const answer = await exchange(options, 'get keypair', path)
      return parseKeypairPage(successBody(answer, contextOf(options, 'get keypair')))
    },
    async fetchSignature({ keypairId, signatureAlgorithm, digest }) {
      const path = `/keypairs/${encodeURIComponent(keypairId)}/sign`
      const body = JSON.stringify({ sig_alg: signatureAlgorithm, hash: encodeBase64(digest) })
      const answer = await exchange(options, 'sign', path, body)
      const sent = successBody(answer, contextOf(options, 'sign'))
      return afterSpending(() => completeSignature(sent, options))
    },
  }
}

/** The signature of a sign answer, which by some accounts holds only an id under which it is then found. */
async function completeSignature(
  body: Uint8Array,
  options: StmClientOptions,
): Promise<MadeSignature> {
  const { id, signature } = parseSignAnswer(body)
  if (signature !== undefined) return { id, signature }
  const answer = await exchange(
    options,
    'get signature',
    `/signatures/${encodeURIComponent(id ?? '')}`,
  )
  const found = parseSignAnswer(successBody(answer, contextOf(options, 'get signature')))
  if (found.signature === undefined) throw answerInvalid('it has no text "signature"')
  return { id, signature: found.signature }
}

/** Whatever fails once a signature was made says that it was. */
async function afterSpending<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw new NotationError(
      'signature-unaccounted',
      `failed to sign: ${cause.message}: ${MAY_BE_SPENT}`,
      { cause },
    )
  }
}

async function exchange(
  options: StmClientOptions,
  operation: StmOperation,
  path: string,
  body?: string,
): Promise<StmAnswer> {
  const headers = {
    accept: 'application/json',
    'user-agent': USER_AGENT,
    'x-api-key': options.apiKey,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const request = {
    method: body === undefined ? 'GET' : 'POST',
    url: `${options.host}${API_PATH}${path}`,
    headers,
    ...(body === undefined ? {} : { body }),
  } as const
  const outcome = await exchangeWithRetries(request, options, options)
  if (outcome.kind === 'answer') return outcome
  throw failureOf(operation, outcome)
}

function failureOf(operation: StmOperation, failure: StmFailure): NotationError {
  const { error } = failure
  if (!isNotationError(error, 'signer-unavailable', 'signer-timeout', 'signer-answer-invalid'))
    return error
  const message = `failed to ${operation}: ${error.message}`
  return operation === 'sign' && failure.sent
    ? new NotationError('signature-unaccounted', `${message}: ${MAY_BE_SPENT}`, { cause: error })
    : new NotationError(error.code, message, { cause: error })
}

function successBody(answer: StmAnswer, context: RefusalContext): Uint8Array {
  const isSuccess = answer.status >= 200 && answer.status < 300
  if (!isSuccess || isHtml(answer.body)) throw refusalOf(answer, context)
  return answer.body
}

function contextOf(options: StmClientOptions, operation: StmOperation): RefusalContext {
  return { operation, host: options.host, now: options.now() }
}
