// Integrity: the signature fits the parts of an envelope, and these keep every rule that needs neither
// trust nor a clock (trust-store-trust-policy.md §Steps, "Integrity"). The signing certificate may still
// be anybody's.

import type { KeySpecEntry } from '../algorithm.ts'
import type { Crypto } from '../crypto.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { type Certificate, parseCertificate } from '../x509/certificate.ts'
import type { ChainCache } from '../x509/chain-cache.ts'
import { keySpecOfCertificate } from '../x509/key-spec.ts'
import { verifyCodeSigningChain } from '../x509/requirements.ts'
import type { SignedAttributes } from './attributes.ts'
import { envelopeFormat } from './envelope.ts'
import { malformed } from './malformed.ts'
import type { EnvelopeMediaType } from './media-type.ts'
import { type Payload, parsePayload } from './payload.ts'
import { findSaltBytes } from './salt-length.ts'
import type { UnverifiedEnvelope } from './unverified-envelope.ts'

/** What an envelope says, signed by the key of `chain[0]`. Whose key that is is left to the trust policy. */
export interface SignedContent {
  readonly mediaType: EnvelopeMediaType
  readonly payload: Payload
  readonly attributes: SignedAttributes
  /** Unsigned: what made the envelope, by its own account. */
  readonly signingAgent?: string
  /** Unsigned: DER TimeStampToken, not verified. */
  readonly timestampToken?: Uint8Array
  /** Leaf first, self-signed root last; it may sign code, whenever that was. */
  readonly chain: readonly Certificate[]
  readonly keySpec: KeySpecEntry
  readonly signature: Uint8Array
}

/**
 * Verifies that an envelope was signed with the key of its leaf certificate, and that all of it is well-formed.
 *
 * @param chains - known ones are not read and verified again; the envelope's signature is, always
 * @throws {NotationError} `envelope-malformed` | `signature-mismatch` | `chain-invalid` | `key-unsupported`
 */
export async function verifyIntegrity(
  envelope: UnverifiedEnvelope,
  crypto: Crypto,
  chains?: ChainCache,
): Promise<SignedContent> {
  const { mediaType, signingAgent, timestampToken, signature } = envelope
  const [leaf, ...issuers] = envelope.certificates
  if (leaf === undefined) throw malformed('certificate-chain not present or is empty')
  const known = chains?.find(envelope.certificates)
  const [signer = parseLeaf(leaf)] = known?.chain ?? []
  const keySpec = known?.keySpec ?? keySpecOfCertificate(signer)
  const { attributes } = await verifyHeader(envelope, signer, keySpec, crypto)
  const payload = parsePayload(attributes.contentType, envelope.payload)
  const chain = known?.chain ?? [signer, ...issuers.map(parseIssuer)]
  if (known === undefined) await verifyChain(chain, crypto)
  return {
    mediaType,
    payload,
    attributes,
    ...(signingAgent === undefined ? {} : { signingAgent }),
    ...(timestampToken === undefined ? {} : { timestampToken }),
    chain,
    keySpec,
    signature,
  }
}

/**
 * Verifies that a chain may sign code, as verifyCodeSigningChain does.
 *
 * @throws {NotationError} `chain-invalid` with the words that the reference implementation puts before the reason
 */
export async function verifyChain(
  chain: readonly Certificate[],
  crypto: Crypto,
  at?: Date,
): Promise<void> {
  try {
    await verifyCodeSigningChain(chain, crypto, at)
  } catch (cause) {
    if (!isNotationError(cause, 'chain-invalid')) throw cause
    throw new NotationError('chain-invalid', `certificate-chain is invalid, ${cause.message}`, {
      cause,
    })
  }
}

/** The protected header, read and signed. */
async function verifyHeader(
  { mediaType, protectedHeader, signingInput, signature }: UnverifiedEnvelope,
  { spki }: Certificate,
  keySpec: KeySpecEntry,
  crypto: Crypto,
): Promise<{ readonly attributes: SignedAttributes }> {
  const format = envelopeFormat(mediaType)
  const header = format.parseHeader(protectedHeader)
  // The key decides: a header could name a weaker algorithm (signature-specification.md §Algorithm Selection).
  if (header.algorithm !== keySpec)
    throw new NotationError(
      'signature-mismatch',
      format.algorithmMismatch(header.algorithm, keySpec),
    )
  if (await crypto.verify(keySpec.scheme, spki, signature, signingInput)) return header
  const saltBytes = await findSaltBytes(keySpec, { spki, signature, signingInput }, crypto)
  const reason =
    saltBytes === undefined
      ? ''
      : ` (pss-salt-length: ${saltBytes} bytes, wanted as many as the hash)`
  throw new NotationError('signature-mismatch', `${format.signatureFailure(keySpec)}${reason}`)
}

function parseLeaf(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der)
  } catch (cause) {
    if (!isNotationError(cause, 'certificate-malformed')) throw cause
    throw malformed('malformed leaf certificate', cause)
  }
}

function parseIssuer(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der)
  } catch (cause) {
    if (!isNotationError(cause, 'certificate-malformed')) throw cause
    throw malformed(cause.message, cause)
  }
}
