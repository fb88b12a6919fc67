// The parts of Software Trust Manager's answers that are used, with their parsers: tolerant to members that
// are not known, strict on those that are. Certificates stay base64 until one is chosen, because a list
// holds many that are not.

import { decodeBase64 } from '../base64.ts'
import { NotationError } from '../errors.ts'
import { parseJson } from '../json.ts'
import { answerInvalid, isRecord, type JsonRecord, optionalText, requiredText } from './fields.ts'

/** A certificate of a keypair. */
export interface KeypairCertificate {
  /** ACTIVE, or a word that is not known in full; undefined when the answer has none. */
  readonly status: string | undefined
  readonly isDefault: boolean
  /** Base64 of the leaf's DER; absent while it is not issued. */
  readonly leaf: string | undefined
  /** Base64 of the DER of those above the leaf, in any order, complete or not. */
  readonly chain: readonly string[]
}

/** A keypair, from a list or by itself; lists may leave the certificates out. */
export interface Keypair {
  readonly id: string
  readonly alias: string
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly publicKey: string | undefined
  readonly certificates: readonly KeypairCertificate[]
}

/** One page of a list. */
export interface KeypairPage {
  /** All matches, on this page and others; undefined when the answer does not say. */
  readonly total: number | undefined
  readonly keypairs: readonly Keypair[]
}

/** What a sign request brings. */
export interface SignAnswer {
  /** Names the signature in the service's audit log. */
  readonly id: string | undefined
  /** As the service encodes it: ECDSA in DER, or fixed-width; undefined when it is to be fetched by the id. */
  readonly signature: Uint8Array | undefined
}

/** @throws {NotationError} `signer-answer-invalid` */
export function parseKeypairAnswer(body: Uint8Array): Keypair {
  return parseKeypair(parseRecord(body))
}

/** @throws {NotationError} `signer-answer-invalid` */
export function parseKeypairPage(body: Uint8Array): KeypairPage {
  const page = parseRecord(body)
  const items = page.items
  if (!Array.isArray(items)) throw answerInvalid('it has no list "items"')
  const total = page.total
  return {
    total: typeof total === 'number' ? total : undefined,
    keypairs: items.map(parseKeypair),
  }
}

/** @throws {NotationError} `signer-answer-invalid` */
export function parseSignAnswer(body: Uint8Array): SignAnswer {
  const answer = parseRecord(body)
  const id = optionalText(answer, 'id')
  if (id !== undefined && answer.signature === undefined) return { id, signature: undefined }
  return { id, signature: decodeWireBase64(requiredText(answer, 'signature'), 'signature') }
}

/**
 * Bytes of base64 in an answer; line breaks, which some encoders put in, do not matter.
 *
 * @param what - for the message
 * @throws {NotationError} `signer-answer-invalid`
 */
export function decodeWireBase64(text: string, what: string): Uint8Array {
  try {
    return decodeBase64(text.replace(/\s+/g, ''))
  } catch (cause) {
    throw answerInvalid(`its "${what}" is not base64`, cause)
  }
}

function parseKeypair(value: unknown): Keypair {
  if (!isRecord(value)) throw answerInvalid('a keypair is not an object')
  const certificates = value.certificates
  return {
    id: requiredText(value, 'id'),
    alias: requiredText(value, 'alias'),
    publicKey: optionalText(value, 'public_key'),
    certificates: Array.isArray(certificates)
      ? certificates.filter(isRecord).map(toCertificate)
      : [],
  }
}

function toCertificate(value: JsonRecord): KeypairCertificate {
  const chain = value.chain
  const blobs = Array.isArray(chain)
    ? chain.filter(isRecord).map((item) => requiredText(item, 'blob'))
    : []
  return {
    status: optionalText(value, 'certificate_status'),
    isDefault: value.default_cert === true,
    leaf: optionalText(value, 'cert'),
    chain: blobs,
  }
}

function parseRecord(body: Uint8Array): JsonRecord {
  const value = parseAnswerJson(body)
  if (!isRecord(value)) throw answerInvalid('it is not a JSON object')
  return value
}

function parseAnswerJson(body: Uint8Array): unknown {
  try {
    return parseJson(body)
  } catch (cause) {
    if (!(cause instanceof NotationError)) throw cause
    throw answerInvalid('it is not JSON, or it was cut off', cause)
  }
}
