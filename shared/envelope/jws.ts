// JWS envelopes in flattened JSON (signature-envelope-jws.md; RFC 7515 §7.2.2): assembled, and told
// apart. The protected header is read in jws-header.ts, signatures are verified in verify-integrity.ts.
// Left out: the compact and the general form, and `b64: false` (RFC 7797).

import type { KeySpecEntry } from '../algorithm.ts'
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../base64.ts'
import { decodeUtf8, encodeUtf8 } from '../bytes.ts'
import { quoteGo } from '../go-text.ts'
import { type JsonObject, type JsonValue, parseJson } from '../json.ts'
import { findOtherSpelling, isJsonAbsent, isJsonObject, isJsonTexts } from '../json-shape.ts'
import { ATTRIBUTE } from './attributes.ts'
import { encodeJwsHeader, parseJwsHeader } from './jws-header.ts'
import { asMalformed, malformed } from './malformed.ts'
import type {
  EnvelopeFormat,
  SignedParts,
  UnsignedParts,
  UnverifiedEnvelope,
} from './unverified-envelope.ts'

/** The form `application/jose+json`. */
export const JWS_FORMAT: EnvelopeFormat = {
  mediaType: 'application/jose+json',
  payloadOrder: 'sorted',
  parse: parseJws,
  parseHeader: parseJwsHeader,
  encodeHeader: encodeJwsHeader,
  parseSigningInput,
  encodeSigningInput,
  assemble: assembleJws,
  algorithmMismatch,
  signatureFailure,
}

const ENVELOPE_MEMBERS = ['payload', 'protected', 'header', 'signature'] as const
const HEADER_MEMBERS = ['x5c', ATTRIBUTE.timestampSignature] as const
/** Early envelopes of the reference have the second spelling; the text is for people and binds nothing. */
const AGENT_SPELLINGS = [ATTRIBUTE.signingAgent, 'io.cncf.notary.SigningAgent'] as const

function parseJws(bytes: Uint8Array): Omit<UnverifiedEnvelope, 'mediaType'> {
  const envelope = parseJson(bytes)
  if (!isJsonObject(envelope)) throw unreadable('it is not an object')
  refuseOtherSpelling(envelope, ENVELOPE_MEMBERS)
  const header = isJsonAbsent(envelope.header) ? {} : envelope.header
  if (!isJsonObject(header)) throw unreadable('"header" is not an object')
  refuseOtherSpelling(header, HEADER_MEMBERS)
  const protectedText = requireText(envelope, 'protected')
  const payloadText = requireText(envelope, 'payload')
  const signature = decodeMember(requireText(envelope, 'signature'), 'signature', decodeBase64Url)
  if (signature.length === 0) throw malformed('signature missing in jws-json envelope')
  return {
    protectedHeader: decodeMember(protectedText, 'protected', decodeBase64Url),
    payload: decodeMember(payloadText, 'payload', decodeBase64Url),
    signingInput: encodeUtf8(`${protectedText}.${payloadText}`),
    signature,
    certificates: readCertificates(header.x5c),
    ...readTimestampToken(header),
    ...readSigningAgent(header),
  }
}

/** Members in the reference's order; what is unsigned is base64 with padding, as Go writes bytes. */
function assembleJws(parts: SignedParts & UnsignedParts): Uint8Array {
  const { protectedHeader, payload, signature, certificates, timestampToken, signingAgent } = parts
  const header = {
    ...(timestampToken === undefined
      ? {}
      : { [ATTRIBUTE.timestampSignature]: encodeBase64(timestampToken) }),
    x5c: certificates.map(encodeBase64),
    ...(signingAgent === undefined ? {} : { [ATTRIBUTE.signingAgent]: signingAgent }),
  }
  return encodeUtf8(
    JSON.stringify({
      payload: encodeBase64Url(payload),
      protected: encodeBase64Url(protectedHeader),
      header,
      signature: encodeBase64Url(signature),
    }),
  )
}

/** RFC 7515 §5.1 step 8. */
function encodeSigningInput({ protectedHeader, payload }: SignedParts): Uint8Array {
  return encodeUtf8(`${encodeBase64Url(protectedHeader)}.${encodeBase64Url(payload)}`)
}

function parseSigningInput(bytes: Uint8Array): SignedParts {
  const [protectedText, payloadText, ...rest] = decodeUtf8(bytes).split('.')
  if (protectedText === undefined || payloadText === undefined || rest.length > 0)
    throw malformed('Cannot read JWS signing input: it is not two texts with a dot between them')
  return {
    protectedHeader: decodeBase64Url(protectedText),
    payload: decodeBase64Url(payloadText),
  }
}

/** golang-jwt finds a key of another kind or curve before notation-core-go compares the algorithms. */
function algorithmMismatch(found: KeySpecEntry, wanted: KeySpecEntry): string {
  const isSameKind = found.scheme.name === wanted.scheme.name
  if (found.scheme.name === 'ECDSA')
    return isSameKind
      ? signatureFailure(wanted)
      : 'signature is invalid. Error: key is of invalid type'
  if (!isSameKind) return 'signature is invalid. Error: key is invalid'
  return `mismatch between signature algorithm derived from signing certificate (${wanted.referenceNumber}) and signing algorithm specified (${found.referenceNumber}s)`
}

function signatureFailure({ scheme }: KeySpecEntry): string {
  return `signature is invalid. Error: crypto/${scheme.name === 'ECDSA' ? 'ecdsa' : 'rsa'}: verification error`
}

function readCertificates(value: JsonValue | undefined): readonly Uint8Array[] {
  if (isJsonAbsent(value) || (Array.isArray(value) && value.length === 0))
    throw malformed('certificate chain is not present')
  if (!isJsonTexts(value)) throw unreadable('"x5c" is not a list of texts')
  return value.map((text) => decodeMember(text, 'x5c', decodeBase64))
}

function readTimestampToken(header: JsonObject): { readonly timestampToken?: Uint8Array } {
  const value = header[ATTRIBUTE.timestampSignature]
  if (isJsonAbsent(value) || value === '') return {}
  if (typeof value !== 'string')
    throw unreadable(`${quoteGo(ATTRIBUTE.timestampSignature)} is not a text`)
  return { timestampToken: decodeMember(value, ATTRIBUTE.timestampSignature, decodeBase64) }
}

function readSigningAgent(header: JsonObject): { readonly signingAgent?: string } {
  const name = AGENT_SPELLINGS.find((spelling) => !isJsonAbsent(header[spelling]))
  if (name === undefined) return {}
  const value = header[name]
  if (typeof value !== 'string') throw unreadable(`${quoteGo(name)} is not a text`)
  return { signingAgent: value }
}

function requireText(envelope: JsonObject, name: string): string {
  const value = envelope[name]
  if (typeof value === 'string') return value
  throw unreadable(isJsonAbsent(value) ? `"${name}" is missing` : `"${name}" is not a text`)
}

function decodeMember(
  text: string,
  name: string,
  decode: (text: string) => Uint8Array,
): Uint8Array {
  return asMalformed(`Cannot read JWS envelope: "${name}"`, () => decode(text))
}

function refuseOtherSpelling(object: JsonObject, known: readonly string[]): void {
  const misspelled = findOtherSpelling(object, known)
  if (misspelled !== undefined)
    throw unreadable(`${quoteGo(misspelled)} differs from a name in case only`)
}

function unreadable(found: string): Error {
  return malformed(`Cannot read JWS envelope: ${found}`)
}
