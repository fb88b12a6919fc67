// What a signature envelope says of itself, read and not verified: whoever made the envelope says it. Which
// of it may be relied on is left to shared/verify.

import type { KeySpecEntry } from '../algorithm.ts'
import type { CborValue } from '../cbor.ts'
import type { Crypto } from '../crypto.ts'
import type { Descriptor } from '../descriptor.ts'
import { ATTRIBUTE, type SignedAttributes, timeAttribute } from '../envelope/attributes.ts'
import { envelopeFormat, parseEnvelope } from '../envelope/envelope.ts'
import type { EnvelopeMediaType } from '../envelope/media-type.ts'
import { parsePayload } from '../envelope/payload.ts'
import type { UnverifiedEnvelope } from '../envelope/unverified-envelope.ts'
import { verificationPluginAttributes } from '../envelope/verification-plugin.ts'
import { verifyChain } from '../envelope/verify-integrity.ts'
import { NotationError } from '../errors.ts'
import { type JsonValue, parseJson } from '../json.ts'
import { isJsonObject } from '../json-shape.ts'
import { type Certificate, parseCertificate } from '../x509/certificate.ts'
import { keySpecOfCertificate } from '../x509/key-spec.ts'
import { type CertificateFacts, readCertificateFacts } from './certificate-facts.ts'
import { formatCborAsGo, formatJsonAsGo } from './go-value.ts'
import { readTimestampFacts, type TimestampFacts } from './timestamp-facts.ts'
import { splitTime, type WrittenTime, writeTime } from './written-time.ts'

/** A signature by its own account. */
export interface SignatureFacts {
  readonly mediaType: EnvelopeMediaType
  /** As the header says and the leaf's key asks for. */
  readonly algorithm: KeySpecEntry
  readonly attributes: SignedAttributes
  /** By whichever scheme. */
  readonly signingTime: WrittenTime
  readonly expiry?: WrittenTime
  /** Names and values of the attributes without a field of their own, as text, those of verification plugins included. */
  readonly extended: readonly (readonly [name: string, value: string])[]
  readonly targetArtifact: Descriptor
  /** Leaf first; the chain keeps the rules, whoever issued it. */
  readonly certificates: readonly CertificateFacts[]
  readonly signingAgent?: string
  readonly timestamp?: TimestampFacts
}

/** How each form's attribute values become text. */
const VALUE_FORMATS: Readonly<Record<EnvelopeMediaType, (value: unknown) => string>> = {
  'application/jose+json': (value) => formatJsonAsGo(value as JsonValue),
  'application/cose': (value) => formatCborAsGo(value as CborValue),
}

/**
 * Reads an envelope: all that verifyIntegrity asks of it except that the signature verifies.
 *
 * @param mediaType - as the signature manifest has it
 * @throws {NotationError} `envelope-malformed` | `certificate-malformed` | `chain-invalid` | `key-unsupported` |
 *   `signature-mismatch` where header and key are of different algorithms
 */
export async function readSignatureFacts(
  mediaType: string,
  bytes: Uint8Array,
  crypto: Crypto,
): Promise<SignatureFacts> {
  const envelope = parseEnvelope(mediaType, bytes)
  const format = envelopeFormat(envelope.mediaType)
  const { algorithm, attributes } = format.parseHeader(envelope.protectedHeader)
  const { targetArtifact } = parsePayload(attributes.contentType, envelope.payload)
  const chain = envelope.certificates.map(parseCertificate)
  await verifyChain(chain, crypto)
  const keySpec = keySpecOf(chain)
  if (algorithm !== keySpec)
    throw new NotationError('signature-mismatch', format.algorithmMismatch(algorithm, keySpec))
  return {
    mediaType: envelope.mediaType,
    algorithm,
    attributes,
    ...readTimes(envelope, attributes),
    extended: readExtended(envelope.mediaType, attributes),
    targetArtifact,
    certificates: await readCertificateFacts(chain, crypto),
    ...(await readUnsigned(envelope, crypto)),
  }
}

function keySpecOf([leaf]: readonly Certificate[]): KeySpecEntry {
  if (leaf === undefined) throw new RangeError('a chain that keeps the rules has a leaf')
  return keySpecOfCertificate(leaf)
}

function readTimes(
  { mediaType, protectedHeader }: UnverifiedEnvelope,
  attributes: SignedAttributes,
): Pick<SignatureFacts, 'signingTime' | 'expiry'> {
  const header = mediaType === 'application/jose+json' ? parseJson(protectedHeader) : undefined
  const timeOf = (name: 'signingTime' | 'authenticSigningTime' | 'expiry') => {
    const at = attributes[name]
    if (at === undefined) return undefined
    const text = isJsonObject(header) ? header[ATTRIBUTE[name]] : undefined
    return (typeof text === 'string' ? splitTime(text) : undefined) ?? writeTime(at)
  }
  const signingTime = timeOf(timeAttribute(attributes.signingScheme))
  const expiry = timeOf('expiry')
  if (signingTime === undefined) throw new RangeError('the envelope readers ask for a signing time')
  return expiry === undefined ? { signingTime } : { signingTime, expiry }
}

function readExtended(
  mediaType: EnvelopeMediaType,
  attributes: SignedAttributes,
): SignatureFacts['extended'] {
  const all = [...attributes.extended, ...verificationPluginAttributes(attributes)]
  return all.map(({ key, value }) => [String(key), VALUE_FORMATS[mediaType](value)])
}

async function readUnsigned(
  { signingAgent, timestampToken, signature }: UnverifiedEnvelope,
  crypto: Crypto,
): Promise<Pick<SignatureFacts, 'signingAgent' | 'timestamp'>> {
  return {
    ...(signingAgent === undefined || signingAgent === '' ? {} : { signingAgent }),
    ...(timestampToken === undefined
      ? {}
      : { timestamp: await readTimestampFacts(timestampToken, signature, crypto) }),
  }
}
