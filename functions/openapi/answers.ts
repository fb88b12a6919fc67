// The shapes of what the operations answer with 200. Tests hold every answer to them, strictly; clients
// must expect further members.

import { z } from 'zod'
import { KEY_SPEC_ENTRIES } from '../../shared/algorithm.ts'
import { VERIFICATION_ACTIONS, VERIFICATION_TYPES } from '../../shared/policy/levels.ts'
import type { CheckCode, RejectionCode } from '../../shared/verify/outcome.ts'
import { descriptorSchema, envelopeMediaTypeSchema } from '../artifact-schema.ts'

/** Each with what it means. */
const CHECK_CODES = {
  'envelope-malformed': 'the envelope, its attributes or its payload are not well-formed',
  'signature-mismatch': "the signature is not the leaf key's over these bytes",
  'chain-invalid': "the certificate chain breaks the Notary Project's rules",
  'key-unsupported': 'the leaf key is of a kind that the Notary Project does not know',
  'artifact-mismatch': 'what was signed is another artifact',
  'metadata-mismatch': 'the user metadata that was asked for was not signed',
  'plugin-required': 'the signature asks for a verification plugin; none is run here',
  'trust-store-missing': 'a trust store that the statement names is not in the trust bundle',
  'chain-untrusted': 'no trust store of the statement holds a certificate of the chain',
  'identity-mismatch': "the leaf's subject is no trusted identity",
  'signature-expired': "the signature's own expiry has come",
  'certificate-not-valid': 'a certificate is not valid now, and no timestamp vouches for earlier',
  'timestamp-missing': 'there is no timestamp, but the statement wants one',
  'timestamp-invalid': 'the timestamp does not verify',
  'time-outside-validity': 'a certificate was not valid when the signature was made',
  'certificate-revoked': "a certificate of the chain, or of the timestamp authority's, was revoked",
  'revocation-unknown': 'whether one was revoked could not be found out',
  'check-unsupported': 'this server cannot perform the check',
} as const satisfies Record<CheckCode, string>

const REJECTION_CODES = {
  'statement-missing': 'the trust policy has no statement for it',
  'signature-missing': 'it has no signature',
  'signatures-rejected': 'it has signatures, but none is verified',
  'signatures-unreadable': "the registry's answer about its signatures cannot be read",
  'index-missing': 'children were asked for, and it is no index, or the registry has not got it',
  'index-malformed': 'the index is not well-formed',
  'index-too-large': 'the index names more children, or lies deeper in others, than are looked at',
  'platform-missing': 'no child of the index names the platform',
  'children-missing': 'the index names no image',
  'children-rejected': 'a child of the index is not verified',
} as const satisfies Record<RejectionCode, string>

const digestSchema = descriptorSchema.shape.digest
const base64Schema = z.base64()
/** What was resolved, may have annotations and more; the three members bind. */
const artifactSchema = z.strictObject({ reference: z.string(), descriptor: descriptorSchema })

const checkSchema = z.strictObject({
  type: z.enum(VERIFICATION_TYPES),
  action: z.enum(VERIFICATION_ACTIONS),
  result: z.enum(['passed', 'failed', 'skipped', 'notChecked']),
  code: codesSchema(CHECK_CODES).optional(),
  message: z.string().optional(),
  details: z.array(z.string()).optional(),
})

const signatureVerdictSchema = z.strictObject({
  digest: digestSchema.optional(),
  mediaType: z.string().optional(),
  verified: z.boolean(),
  signer: z.strictObject({ subject: z.string(), fingerprint: digestSchema }).optional(),
  checks: z.array(checkSchema),
})

const policySchema = z.strictObject({
  statement: z.string().optional(),
  level: z.enum(['strict', 'permissive', 'audit', 'skip', 'custom']).optional(),
  bundleDigest: digestSchema,
})

const verdictShape = {
  verified: z.boolean(),
  code: codesSchema(REJECTION_CODES).optional(),
  message: z.string().optional(),
  policy: policySchema,
  signatures: z.array(signatureVerdictSchema),
}

const certificateSchema = z.strictObject({
  SHA256Fingerprint: z.string(),
  issuedTo: z.string(),
  issuedBy: z.string(),
  expiry: z.iso.datetime({ offset: true }),
})
/** Version 2's names, and one of ours. */
const datedCertificateSchema = certificateSchema.extend({
  notBefore: z.iso.datetime({ offset: true }),
})

/** As `notation inspect --output json` of version 2 has it, and why a signature cannot be read where it cannot. */
const inspectedSchema = z.union([
  z.strictObject({
    digest: digestSchema.optional(),
    signatureAlgorithm: z.enum(KEY_SPEC_ENTRIES.map(({ signingAlgorithm }) => signingAlgorithm)),
    signatureEnvelopeType: envelopeMediaTypeSchema,
    signedAttributes: z.record(z.string(), z.string()),
    userDefinedAttributes: z.record(z.string(), z.string()).nullable(),
    unsignedAttributes: z.looseObject({ signingAgent: z.string().optional() }),
    certificates: z.array(datedCertificateSchema),
    signedArtifact: z.looseObject({ digest: z.string(), mediaType: z.string(), size: z.int() }),
  }),
  z.strictObject({
    digest: digestSchema.optional(),
    signatureEnvelopeType: z.string().optional(),
    error: z.strictObject({ code: z.string(), message: z.string() }),
  }),
])

/** 200 of `POST /v1/describe-key`. */
export const describeKeyAnswer = z.strictObject({
  keyId: z.string(),
  keySpec: z.enum(KEY_SPEC_ENTRIES.map(({ keySpec }) => keySpec)),
})

/** 200 of `POST /v1/generate-signature`. */
export const generateSignatureAnswer = z.strictObject({
  keyId: z.string(),
  signature: base64Schema,
  signingAlgorithm: z.enum(KEY_SPEC_ENTRIES.map(({ signingAlgorithm }) => signingAlgorithm)),
  certificateChain: z.array(base64Schema),
})

/** 200 of `POST /v1/sign`. */
export const signAnswer = z.strictObject({
  artifact: artifactSchema,
  keyId: z.string(),
  signature: z.strictObject({
    mediaType: envelopeMediaTypeSchema,
    envelope: base64Schema,
    manifestDigest: digestSchema.optional(),
  }),
})

/** For what the index says a child is; the last two tell apart children for one platform. */
const platformShape = {
  platform: z.string().optional(),
  osVersion: z.string().optional(),
  osFeatures: z.array(z.string()).optional(),
}

/** A child of an index of the last level. */
const childVerdictSchema = z.strictObject({
  ...verdictShape,
  artifact: artifactSchema,
  signaturesNotChecked: z.enum(['stopAtFirst', 'limit', 'unreadable']).optional(),
  ...platformShape,
})

/** 200 of `POST /v1/verify`. An index that lies in another has children, too. */
export const verifyAnswer = withChildren(withChildren(withChildren(childVerdictSchema))).omit({
  platform: true,
  osVersion: true,
  osFeatures: true,
})

/** 200 of `POST /v1/verify-blob`. */
export const verifyBlobAnswer = z.strictObject({
  ...verdictShape,
  artifact: z.strictObject({ descriptor: z.looseObject(descriptorSchema.shape).optional() }),
})

/** 200 of `POST /v1/inspect`: version 2's names, or with `?format=notation-1.3` what that version prints. */
export const inspectAnswer = z.union([
  z.strictObject({
    artifact: artifactSchema.optional(),
    mediaType: z.string().optional(),
    unverified: z.literal(true),
    signatures: z.array(inspectedSchema),
    truncated: z.literal(true).optional(),
  }),
  z.strictObject({
    mediaType: z.string().optional(),
    Signatures: z.array(z.looseObject({ certificates: z.array(certificateSchema) })),
  }),
])

/** 200 of `GET /v1/signatures`. */
export const signaturesAnswer = z.strictObject({
  artifact: artifactSchema,
  signatures: z.array(
    z.strictObject({
      digest: digestSchema,
      mediaType: z.string(),

      artifactType: z.string(),
      size: z.int().min(0),
    }),
  ),
  truncated: z.literal(true).optional(),
})

/** The verdict on what may be an index of such children. */
function withChildren<Child extends z.ZodType>(child: Child) {
  return childVerdictSchema.extend({
    children: z.array(child).optional(),
    childrenSkipped: z
      .array(
        z.strictObject({
          artifact: artifactSchema,
          ...platformShape,
          reason: z.enum(['attestation', 'platform']),
        }),
      )
      .optional(),
  })
}

/** What became of an event. */
export const eventsAnswer = z.strictObject({
  accepted: z.int().min(0).describe('artifacts that will be looked at'),
  ignored: z.int().min(0).describe('what the event told besides, or was of no use'),
})

/** An enumeration that says what each of its values means. */
function codesSchema<Code extends string>(meanings: Readonly<Record<Code, string>>) {
  const codes = Object.keys(meanings) as [Code, ...Code[]]
  const description = codes.map((code) => `${code}: ${meanings[code]}`).join('; ')
  return z.enum(codes).meta({ description })
}
