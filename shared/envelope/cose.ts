// COSE envelopes: COSE_Sign1 with its tag (signature-envelope-cose.md; RFC 9052 §4.2), assembled, and
// told apart. The protected header is read in cose-header.ts, signatures are verified in
// verify-integrity.ts.
// Left out: untagged messages, detached payloads, external data, certificates in the protected header.

import type { KeySpecEntry } from '../algorithm.ts'
import {
  type CborKey,
  type CborMap,
  type CborValue,
  encodeCbor,
  isCborArray,
  isCborTag,
  parseCbor,
  type WritableCbor,
} from '../cbor.ts'
import { ATTRIBUTE } from './attributes.ts'
import { encodeCoseHeader, parseCoseHeader, parseCoseHeaderMap } from './cose-header.ts'
import { COSE_LABEL, refuseLabelClash, refuseWrongParameters } from './cose-parameters.ts'
import { malformed } from './malformed.ts'
import type {
  EnvelopeFormat,
  SignedParts,
  UnsignedParts,
  UnverifiedEnvelope,
} from './unverified-envelope.ts'

/** The form `application/cose`. */
export const COSE_FORMAT: EnvelopeFormat = {
  mediaType: 'application/cose',
  payloadOrder: 'declared',
  parse: parseCose,
  parseHeader: parseCoseHeader,
  encodeHeader: encodeCoseHeader,
  parseSigningInput,
  encodeSigningInput,
  assemble: assembleCose,
  algorithmMismatch: (found: KeySpecEntry, wanted: KeySpecEntry) =>
    `signature is invalid. Error: algorithm mismatch: verifier ${wanted.jws}: header ${found.jws}`,
  signatureFailure: () => 'signature is invalid. Error: verification error',
}

const TAG_COSE_SIGN1 = 18
/** Tag 18 and an array of four in their shortest form, by which go-cose knows a message. */
const PREFIX = [0xd2, 0x84] as const
/** RFC 9052 §4.4. */
const SIGNATURE_CONTEXT = 'Signature1'

function parseCose(bytes: Uint8Array): Omit<UnverifiedEnvelope, 'mediaType'> {
  if (PREFIX.some((byte, index) => bytes[index] !== byte))
    throw malformed('cbor: invalid COSE_Sign1_Tagged object')
  const message = parseCbor(bytes)
  const [protectedHeader, unprotected, payload, signature] = partsOf(message)
  if (!(protectedHeader instanceof Uint8Array)) throw unreadable('its protected header is no bstr')
  if (!(unprotected instanceof Map)) throw unreadable('its unprotected header is no map')
  if (hasTag(unprotected)) throw unreadable('its unprotected header holds a tag')
  if (payload === null) throw malformed('signature is invalid. Error: missing payload')
  if (!(payload instanceof Uint8Array)) throw unreadable('its payload is no bstr')
  if (!(signature instanceof Uint8Array)) throw unreadable('its signature is no bstr')
  if (signature.length === 0) throw malformed('empty signature')
  refuseWrongParameters(unprotected, 'unprotected')
  refuseLabelClash(parseCoseHeaderMap(protectedHeader), unprotected)
  return {
    protectedHeader,
    payload,
    signingInput: encodeSigningInput({ protectedHeader, payload }),
    signature,
    certificates: readCertificates(unprotected.get(COSE_LABEL.certificateChain)),
    ...readUnsigned(unprotected),
  }
}

function assembleCose(parts: SignedParts & UnsignedParts): Uint8Array {
  const { protectedHeader, payload, signature, certificates, timestampToken, signingAgent } = parts
  // An array even for one certificate: the reference does not read the bare byte string of RFC 9360.
  const unprotected = new Map<CborKey, WritableCbor>([[COSE_LABEL.certificateChain, certificates]])
  if (timestampToken !== undefined) unprotected.set(ATTRIBUTE.timestampSignature, timestampToken)
  if (signingAgent !== undefined) unprotected.set(ATTRIBUTE.signingAgent, signingAgent)
  const value = [protectedHeader, unprotected, payload, signature]
  return encodeCbor({ tag: TAG_COSE_SIGN1, value })
}

/** Sig_structure (RFC 9052 §4.4). */
function encodeSigningInput({ protectedHeader, payload }: SignedParts): Uint8Array {
  return encodeCbor([SIGNATURE_CONTEXT, protectedHeader, new Uint8Array(), payload])
}

function parseSigningInput(bytes: Uint8Array): SignedParts {
  const structure = parseCbor(bytes)
  const [context, protectedHeader, external, payload] = isCborArray(structure) ? structure : []
  if (
    !isCborArray(structure) ||
    structure.length !== 4 ||
    context !== SIGNATURE_CONTEXT ||
    !(protectedHeader instanceof Uint8Array) ||
    !(external instanceof Uint8Array) ||
    external.length > 0 ||
    !(payload instanceof Uint8Array)
  )
    throw malformed('Cannot read COSE signing input: it is not the Sig_structure of a COSE_Sign1')
  return { protectedHeader, payload }
}

function partsOf(message: CborValue): readonly CborValue[] {
  if (!isCborTag(message) || message.tag !== TAG_COSE_SIGN1 || !isCborArray(message.value))
    throw malformed('cbor: invalid COSE_Sign1_Tagged object')
  return message.value
}

function readCertificates(value: CborValue | undefined): readonly Uint8Array[] {
  if (!isCborArray(value) || value.length === 0) throw malformed('certificate chain is not present')
  return value.map((certificate, index) => {
    if (certificate instanceof Uint8Array) return certificate
    throw malformed(
      index === 0 ? 'COSE envelope malformed leaf certificate' : 'certificate chain is not present',
    )
  })
}

/** Values of another type are passed over, as in the reference. */
function readUnsigned(
  unprotected: CborMap,
): Pick<UnsignedParts, 'timestampToken' | 'signingAgent'> {
  const timestampToken = unprotected.get(ATTRIBUTE.timestampSignature)
  const signingAgent = unprotected.get(ATTRIBUTE.signingAgent)
  return {
    ...(timestampToken instanceof Uint8Array && timestampToken.length > 0
      ? { timestampToken }
      : {}),
    ...(typeof signingAgent === 'string' ? { signingAgent } : {}),
  }
}

function hasTag(value: CborValue): boolean {
  if (isCborTag(value)) return true
  if (value instanceof Map) return [...value.values()].some(hasTag)
  return isCborArray(value) && value.some(hasTag)
}

function unreadable(found: string): Error {
  return malformed(`Cannot read COSE envelope: ${found}`)
}
