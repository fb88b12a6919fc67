// The facts of signatures as JSON: in the shapes of `notation inspect --output json`, that of version 2
// and that of version 1.3, with their names and forms of times.

import { encodeRfc3339 } from '../rfc3339.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import type { InspectedSignature } from './inspect-signature.ts'
import type { SignatureFacts } from './signature-facts.ts'
import type { TimestampFacts } from './timestamp-facts.ts'
import { formatNanoseconds, formatSeconds, type WrittenTime } from './written-time.ts'

/** Writes a list of signatures. */
export type InspectionEncoder = (
  signatures: readonly InspectedSignature[],
  /** Of the artifact; left out where only envelopes were given. */
  mediaType: string | undefined,
) => object

/**
 * The shape of notation 2, with what it does not have: `unverified`, each certificate's `notBefore`, and the signatures
 * that cannot be read, each with its `error`.
 */
export const encodeNotation2: InspectionEncoder = (signatures, mediaType) => ({
  ...(mediaType === undefined ? {} : { mediaType }),
  unverified: true,
  signatures: signatures.map((signature) => {
    if ('facts' in signature) return encodeSignature2(signature.digest, signature.facts)
    const { digest, mediaType: signatureEnvelopeType, problem } = signature
    return {
      ...(digest === undefined ? {} : { digest }),
      ...(signatureEnvelopeType === undefined ? {} : { signatureEnvelopeType }),
      error: { code: problem.code, message: problem.message },
    }
  }),
})

/** What notation 1.3 prints, no more: signatures that cannot be read are left out, as there. */
export const encodeNotation13: InspectionEncoder = (signatures, mediaType) => ({
  ...(mediaType === undefined ? {} : { mediaType }),
  Signatures: signatures.flatMap((signature) =>
    'facts' in signature ? [encodeSignature13(signature.digest, signature.facts)] : [],
  ),
})

function encodeSignature2(digest: string | undefined, facts: SignatureFacts): object {
  const { contentType } = facts.attributes
  return {
    ...(digest === undefined ? {} : { digest }),
    signatureAlgorithm: facts.algorithm.signingAlgorithm,
    signatureEnvelopeType: facts.mediaType,
    signedAttributes: { contentType, ...encodeSignedAttributes(facts, formatNanoseconds) },
    ...encodeRest(facts, encodeCertificate2, (timestamp) => ({
      ...encodeTimestamp(timestamp, encodeCertificate2, formatNanoseconds),
      unverified: true,
    })),
  }
}

function encodeSignature13(digest: string | undefined, facts: SignatureFacts): object {
  return {
    mediaType: facts.mediaType,
    ...(digest === undefined ? {} : { digest }),
    signatureAlgorithm: facts.algorithm.signingAlgorithm,
    signedAttributes: encodeSignedAttributes(facts, formatSeconds),
    ...encodeRest(facts, encodeCertificate, (timestamp) =>
      encodeTimestamp(timestamp, encodeCertificate, formatSeconds),
    ),
  }
}

/** An extended attribute may have the name of another: as in notation, it is the one that is shown. */
function encodeSignedAttributes(
  { attributes, signingTime, expiry, extended }: SignatureFacts,
  format: (time: WrittenTime) => string,
): object {
  return Object.fromEntries([
    ['signingScheme', attributes.signingScheme],
    ['signingTime', format(signingTime)],
    ...(expiry === undefined ? [] : [['expiry', format(expiry)]]),
    ...extended,
  ])
}

function encodeRest(
  { targetArtifact, signingAgent, timestamp, certificates }: SignatureFacts,
  encodeOne: (certificate: CertificateFacts) => object,
  encodeToken: (timestamp: TimestampFacts) => object,
): object {
  const { mediaType, digest, size, annotations } = targetArtifact
  return {
    // Go writes a map that is not there as null.
    userDefinedAttributes: annotations ?? null,
    unsignedAttributes: {
      ...(signingAgent === undefined ? {} : { signingAgent }),
      ...(timestamp === undefined ? {} : { timestampSignature: encodeToken(timestamp) }),
    },
    certificates: certificates.map(encodeOne),
    signedArtifact: { mediaType, digest, size },
  }
}

function encodeTimestamp(
  facts: TimestampFacts,
  encodeOne: (certificate: CertificateFacts) => object,
  format: (time: WrittenTime) => string,
): object {
  if ('problem' in facts) return { error: facts.problem }
  const { earliest, latest, certificates } = facts
  return {
    timestamp: `[${format(earliest)}, ${format(latest)}]`,
    // Go leaves an empty list out.
    ...(certificates.length === 0 ? {} : { certificates: certificates.map(encodeOne) }),
  }
}

function encodeCertificate(facts: CertificateFacts): object {
  return {
    SHA256Fingerprint: facts.sha256Fingerprint,
    issuedTo: facts.issuedTo,
    issuedBy: facts.issuedBy,
    expiry: encodeRfc3339(facts.notAfter),
  }
}

function encodeCertificate2(facts: CertificateFacts): object {
  return { ...encodeCertificate(facts), notBefore: encodeRfc3339(facts.notBefore) }
}
