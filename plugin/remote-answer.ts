// What the API of functions/ answers: the plugin contract's responses, or problem documents (RFC 9457), whose
// codes are ours. Nothing of an answer is used before it was read and, for a signature, verified.

import { KEY_SPEC_ENTRIES, type KeySpecEntry } from '../shared/algorithm.ts'
import { decodeBase64 } from '../shared/base64.ts'
import type { Crypto } from '../shared/crypto.ts'
import { type ErrorCode, isNotationError, NotationError } from '../shared/errors.ts'
import { type JsonObject, parseJson } from '../shared/json.ts'
import { isJsonObject, isJsonTexts } from '../shared/json-shape.ts'
import { MAX_CHAIN_CERTIFICATES } from '../shared/limits.ts'
import { oneLine } from '../shared/stm/problem-body.ts'
import type { StmAnswer } from '../shared/stm/transport.ts'
import { parseCertificate } from '../shared/x509/certificate.ts'
import { keySpecOfCertificate } from '../shared/x509/key-spec.ts'
import { verifyCodeSigningChain } from '../shared/x509/requirements.ts'
import type { MadeSignature } from './key-holder.ts'
import { isErrorCode } from './plugin-error.ts'
import type { SignatureRequest } from './protocol.ts'

/** What an answer that is no problem document means, by its status: something between here and the API wrote it. */
const FOREIGN_STATUSES: Readonly<Record<number, ErrorCode>> = {
  401: 'caller-unauthenticated',
  403: 'caller-forbidden',
  407: 'configuration-invalid',
  408: 'signer-timeout',
  429: 'signer-throttled',
  503: 'signer-unavailable',
  504: 'signer-timeout',
}

/**
 * The key spec in an answer to describe-key.
 *
 * @throws {NotationError} `signer-answer-invalid`
 */
export function parseKeyAnswer(answer: StmAnswer, keyId: string, origin: string): KeySpecEntry {
  const { keySpec } = readAnswer(answer, keyId, origin)
  const entry = KEY_SPEC_ENTRIES.find((known) => known.keySpec === keySpec)
  if (entry !== undefined) return entry
  throw unusable(origin, 'its "keySpec" is not known')
}

/**
 * Verifies an answer to generate-signature: the chain meets the Notary Project's rules now, and the signature over
 * the request's payload is by the leaf's key, which is of the request's key spec.
 *
 * @throws {NotationError} `signer-answer-invalid` | `chain-invalid`
 */
export async function verifySignatureAnswer(
  answer: StmAnswer,
  request: SignatureRequest,
  origin: string,
  { crypto, now }: { readonly crypto: Crypto; readonly now: Date },
): Promise<MadeSignature> {
  const { keyId, entry, payload } = request
  const parsed = readAnswer(answer, keyId, origin)
  if (parsed.signingAlgorithm !== entry.signingAlgorithm)
    throw unusable(origin, `its "signingAlgorithm" is not ${entry.signingAlgorithm}`)
  const { certificateChain } = parsed
  if (!isJsonTexts(certificateChain) || certificateChain.length > MAX_CHAIN_CERTIFICATES)
    throw unusable(origin, `its "certificateChain" is no list of at most ${MAX_CHAIN_CERTIFICATES}`)
  const signature = readBytes(parsed.signature, 'signature', origin)
  const chain = certificateChain.map((text) => readBytes(text, 'certificateChain', origin))
  const leaf = await verifyChain(chain, origin, crypto, now)
  const isOfLeaf =
    leaf.entry === entry && (await crypto.verify(entry.scheme, leaf.spki, signature, payload))
  if (isOfLeaf) return { signature, chain }
  throw unusable(origin, `its signature is not ${entry.signingAlgorithm} by its certificate's key`)
}

/**
 * The error of an answer other than 200.
 *
 * @param maySpend - whether a signature can have been spent before the answer was lost on the way
 */
export function toRemoteError(answer: StmAnswer, origin: string, maySpend: boolean): NotationError {
  const { status, body } = answer
  const problem = readObject(body)
  const retryAfterSeconds = Number(answer.headers['retry-after'])
  const options = retryAfterSeconds > 0 ? { retryAfterSeconds } : {}
  if (problem !== undefined && typeof problem.code === 'string' && isErrorCode(problem.code)) {
    const detail = typeof problem.detail === 'string' ? oneLine(problem.detail) : 'no reason given'
    return new NotationError(problem.code, `${origin} answered ${status}: ${detail}`, options)
  }
  const found = `${origin} answered ${status}, and not as the signing API does`
  if (maySpend && status >= 500 && status !== 503)
    return new NotationError('signature-unaccounted', `${found}; a signature may have been spent`)
  const code =
    FOREIGN_STATUSES[status] ?? (status >= 500 ? 'signer-unavailable' : 'configuration-invalid')
  return new NotationError(code, `${found}; check STM_NOTARY_URL`, options)
}

function readAnswer({ body }: StmAnswer, keyId: string, origin: string): JsonObject {
  const answer = readObject(body)
  if (answer === undefined) throw unusable(origin, 'it is not a JSON object')
  if (answer.keyId !== keyId) throw unusable(origin, 'its "keyId" is not that of the request')
  return answer
}

async function verifyChain(
  chain: readonly Uint8Array[],
  origin: string,
  crypto: Crypto,
  now: Date,
): Promise<{ readonly entry: KeySpecEntry; readonly spki: Uint8Array }> {
  try {
    const certificates = chain.map(parseCertificate)
    await verifyCodeSigningChain(certificates, crypto, now)
    const [leaf] = certificates
    if (leaf !== undefined) return { entry: keySpecOfCertificate(leaf), spki: leaf.spki }
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw unusable(origin, `its "certificateChain" cannot be used: ${cause.message}`, cause)
  }
  throw unusable(origin, 'its "certificateChain" is empty')
}

function readBytes(text: unknown, member: string, origin: string): Uint8Array {
  try {
    if (typeof text === 'string') return decodeBase64(text)
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
  }
  throw unusable(origin, `its "${member}" is not base64`)
}

function readObject(body: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(body)
    return isJsonObject(value) ? value : undefined
  } catch (cause) {
    if (isNotationError(cause)) return undefined
    throw cause
  }
}

function unusable(origin: string, found: string, cause?: unknown): NotationError {
  return new NotationError(
    'signer-answer-invalid',
    `Cannot use the answer of ${origin}: ${found}`,
    { cause },
  )
}
