// Asks an RFC 3161 timestamp authority over HTTP and verifies what it answers, as notation does when
// it signs. Nothing is tried twice here.

import type { HashName } from '../algorithm.ts'
import { concatBytes, equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { MAX_TIMESTAMP_ANSWER_BYTES, TIMESTAMP_TIMEOUT_MS } from '../limits.ts'
import { type Certificate, namesRevocationServer } from '../x509/certificate.ts'
import { formatName } from '../x509/name.ts'
import { createTimestampRequest, type TimestampRequest } from './request.ts'
import { parseTimestampResponse } from './response.ts'
import { parseTstInfo } from './token.ts'
import { parseTimestampToken, verifyTimestampToken } from './verify-token.ts'

/** What is to be timestamped, by whom, and who is trusted to. */
export interface TimestampOrder {
  /** An http or https URL, of the operator's configuration. */
  readonly url: string
  /** Trusted timestamping roots: self-signed. */
  readonly roots: readonly Certificate[]
  /** Hash of the signature's key spec. */
  readonly hash: HashName
  /** The envelope's signature; ECDSA as fixed-width r‖s. */
  readonly signature: Uint8Array
}

/** What it takes from the world. */
export interface TimestampDependencies {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly crypto: Crypto
  readonly now: () => Date
  /**
   * The revocation status of the authority's chain, leaf first. Without it an authority whose certificates name OCSP or
   * CRL servers is refused.
   */
  readonly checkRevocation?: (chain: readonly Certificate[]) => Promise<AuthorityRevocation>
  /** Milliseconds until the answer must be whole; TIMESTAMP_TIMEOUT_MS unless given. */
  readonly timeoutMs?: number
}

/** Whether a certificate of the authority was revoked, and a sentence unless none was. */
export interface AuthorityRevocation {
  readonly status: 'ok' | 'revoked' | 'unknown'
  readonly message?: string
}

const QUERY_MEDIA_TYPE = 'application/timestamp-query'
const REPLY_MEDIA_TYPE = 'application/timestamp-reply'

/**
 * Has a signature timestamped.
 *
 * @returns DER TimeStampToken as the authority made it, verified at `now` against the roots
 * @throws {NotationError} `timestamp-unavailable` (unreachable, too slow, busy, or the revocation status of the
 *   authority cannot be found out) | `timestamp-invalid` (refused, an answer that does not verify, or an authority that
 *   was revoked) | `check-unsupported` (its certificates name OCSP or CRL servers, and there is no checkRevocation) | `configuration-invalid` (not an http URL)
 * @see RFC 3161 §3.4
 */
export async function fetchTimestamp(
  order: TimestampOrder,
  dependencies: TimestampDependencies,
): Promise<Uint8Array> {
  const { roots, hash, signature } = order
  const { crypto, now } = dependencies
  const url = authorityUrl(order.url)
  const request = await createTimestampRequest(hash, signature, crypto)
  const token = parseTimestampResponse(await post(url, request.bytes, dependencies))
  verifyAnswersRequest(token, request)
  const { chain } = await verifyTimestampToken(token, signature, roots, crypto, now())
  await verifyNotRevoked(chain, dependencies)
  return token
}

function authorityUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new NotationError(
    'configuration-invalid',
    'Cannot ask timestamp authority: its URL is not an http or https URL',
  )
}

async function post(
  url: URL,
  body: Uint8Array,
  { fetch, timeoutMs = TIMESTAMP_TIMEOUT_MS }: TimestampDependencies,
): Promise<Uint8Array> {
  const place = quoteGo(`${url.origin}${url.pathname}`)
  try {
    const response = await fetch(url.href, {
      method: 'POST',
      headers: { 'Content-Type': QUERY_MEDIA_TYPE },
      body: Uint8Array.from(body),
      // A redirect would lead to a host that nobody configured.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const refusal = refusalOfHead(response, place)
    if (refusal !== undefined) {
      await response.body?.cancel()
      throw refusal
    }
    return await readBody(response, place)
  } catch (cause) {
    if (isNotationError(cause)) throw cause
    const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
    const found = isTimeout ? `no whole answer within ${timeoutMs} ms` : 'it could not be reached'
    throw new NotationError(
      'timestamp-unavailable',
      `Cannot get a timestamp from ${place}: ${found}`,
      { cause },
    )
  }
}

function refusalOfHead(response: Response, place: string): NotationError | undefined {
  if (response.status !== 200) {
    const mayRecover = response.status >= 500 || response.status === 429
    return new NotationError(
      mayRecover ? 'timestamp-unavailable' : 'timestamp-invalid',
      `POST ${place}: https response bad status: ${response.status}`,
    )
  }
  const contentType = response.headers.get('Content-Type') ?? ''
  if (contentType === REPLY_MEDIA_TYPE) return undefined
  return new NotationError(
    'timestamp-invalid',
    `POST ${place}: unexpected response content type: ${quoteGo(contentType.slice(0, 100))}`,
  )
}

/** The body, given up as soon as it is too large. */
async function readBody(response: Response, place: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > MAX_TIMESTAMP_ANSWER_BYTES)
      throw new NotationError(
        'timestamp-invalid',
        `POST ${place}: unexpected large http response, max response body size allowed is ${MAX_TIMESTAMP_ANSWER_BYTES / 1024 / 1024} MiB`,
      )
    parts.push(part)
  }
  return concatBytes(...parts)
}

/** RFC 3161 §2.2: the answer repeats the imprint, parameters included, and the nonce. */
function verifyAnswersRequest(token: Uint8Array, request: TimestampRequest): void {
  const info = parseTstInfo(parseTimestampToken(token).content)
  if (!equalBytes(info.imprint, request.imprint))
    throw mismatched('message imprint in response does not match with request')
  if (info.nonce === undefined || !equalBytes(info.nonce, request.nonce))
    throw mismatched('nonce in response does not match nonce in request')
}

/** Verifiers check it whatever the trust policy says of revocation. */
async function verifyNotRevoked(
  chain: readonly Certificate[],
  { checkRevocation }: TimestampDependencies,
): Promise<void> {
  const revocable = chain.slice(0, -1).find(namesRevocationServer)
  if (revocable === undefined) return
  if (checkRevocation !== undefined) {
    const { status, message = '' } = await checkRevocation(chain)
    if (status === 'ok') return
    throw new NotationError(
      status === 'revoked' ? 'timestamp-invalid' : 'timestamp-unavailable',
      `Cannot use the timestamp: ${message}`,
    )
  }
  throw new NotationError(
    'check-unsupported',
    `Cannot check revocation of timestamping certificate with subject ${quoteGo(formatName(revocable.subject))}: it names an OCSP or CRL server, and none are asked here`,
  )
}

function mismatched(found: string): NotationError {
  return new NotationError('timestamp-invalid', `invalid timestamping response: ${found}`)
}
