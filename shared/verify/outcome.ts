// What a verification answers: for each signature each check with its result, and the verdict on the
// artifact. A verdict is made here of nothing but the checks; who makes these stands in steps.ts.

import type { Descriptor } from '../descriptor.ts'
import type {
  VerificationAction,
  VerificationLevelName,
  VerificationType,
} from '../policy/levels.ts'

/**
 * Why a check did not pass. Integrity: up to `plugin-required`; then authenticity, expiry, authentic
 * timestamp, revocation.
 */
export type CheckCode =
  /** The envelope, its attributes or its payload are not well-formed, or its media type is none. */
  | 'envelope-malformed'
  /** The signature is not the leaf key's over these bytes. */
  | 'signature-mismatch'
  /** The certificate chain breaks the Notary Project's rules. */
  | 'chain-invalid'
  /** The leaf key is of a kind that the Notary Project does not know. */
  | 'key-unsupported'
  /** What was signed is another artifact. */
  | 'artifact-mismatch'
  /** The user metadata that was asked for was not signed. */
  | 'metadata-mismatch'
  /** The signature wants to be verified by a verification plugin; none is run here. */
  | 'plugin-required'
  /** A trust store that the statement names is not in the trust bundle. */
  | 'trust-store-missing'
  /** No trust store of the statement holds a certificate of the chain. */
  | 'chain-untrusted'
  /** The leaf's subject is no trusted identity. */
  | 'identity-mismatch'
  /** The signature's own expiry has come. */
  | 'signature-expired'
  /** A certificate of the chain is not valid now, and no timestamp vouches for an earlier time. */
  | 'certificate-not-valid'
  /** There is no timestamp, but the statement wants one. */
  | 'timestamp-missing'
  /** The timestamp does not verify. */
  | 'timestamp-invalid'
  /** A certificate of the chain was not valid at the time of the timestamp or the signing authority. */
  | 'time-outside-validity'
  /** A certificate of the chain, or of the timestamp authority's, was revoked. */
  | 'certificate-revoked'
  /** Whether one was revoked could not be found out. */
  | 'revocation-unknown'
  /** A check that was not set up. Where it is enforced the signature is never verified. */
  | 'check-unsupported'

/** Why an artifact was rejected. */
export type RejectionCode =
  /** The trust policy has no statement for the repository. */
  | 'statement-missing'
  /** The artifact has no signature. */
  | 'signature-missing'
  /** It has, but none is verified: each says why. */
  | 'signatures-rejected'
  /** Of a child: the registry's answer about its signatures cannot be read. */
  | 'signatures-unreadable'
  /** Children are to be verified of what is no index, or of an index that the registry has not. */
  | 'index-missing'
  /** The index is not well-formed. */
  | 'index-malformed'
  /** The index names more children, or lies deeper in others, than are looked at. */
  | 'index-too-large'
  /** No child of the index names the platform. */
  | 'platform-missing'
  /** The index names no image. */
  | 'children-missing'
  /** A child of the index is not verified: it says why. */
  | 'children-rejected'

/** What is wrong, in a code for programs and a sentence for people. */
export interface Finding {
  readonly result: 'failed' | 'notChecked'
  readonly code: CheckCode
  readonly message: string
  /** What happened on the way there, such as each revocation server's answer. */
  readonly details?: readonly string[]
}

/** One of a signature's checks. */
export interface Check {
  readonly type: VerificationType
  readonly action: VerificationAction
  /** `notChecked`: an enforced check failed before, or it could not be performed; then it has a code. */
  readonly result: 'passed' | 'failed' | 'skipped' | 'notChecked'
  readonly code?: CheckCode
  readonly message?: string
  readonly details?: readonly string[]
}

/** Who signed. Only what integrity has passed for has one; whether it is trusted is authenticity's. */
export interface SignerName {
  /** As Go prints it, and `notation inspect` shows it under "issued to". */
  readonly subject: string
  /** `sha256:` of the leaf certificate's DER. */
  readonly fingerprint: string
}

/** The verdict on one signature. */
export interface SignatureVerdict {
  /** Of the signature's manifest, where it came from a registry. */
  readonly digest?: string
  /** Of the envelope; left out where there was none to be had. */
  readonly mediaType?: string
  readonly verified: boolean
  readonly signer?: SignerName
  /** One of each type, in the order in which they were made. */
  readonly checks: readonly Check[]
}

/**
 * Why signatures were not looked at: one was verified already, the limit of signatures was reached, or the registry's
 * answer about further ones cannot be read.
 */
export type NotCheckedReason = 'stopAtFirst' | 'limit' | 'unreadable'

/** The verdict on an artifact: a value also where it is a rejection. */
export interface ArtifactVerdict {
  /** True where any signature is verified, or the statement skips verification. */
  readonly verified: boolean
  readonly code?: RejectionCode
  readonly message?: string
  readonly artifact: { readonly reference: string; readonly descriptor: Descriptor }
  /** What decided; without statement and level where there is no statement. */
  readonly policy: {
    readonly statement?: string
    readonly level?: VerificationLevelName
    readonly bundleDigest: string
  }
  readonly signatures: readonly SignatureVerdict[]
  /** With `limit` there are more signatures than are listed, else there may be. */
  readonly signaturesNotChecked?: NotCheckedReason
}

/** Where an enforced check could not be performed: the signature is neither verified nor rejected. */
export function findInconclusive({ checks }: SignatureVerdict): Check | undefined {
  return checks.find(({ action, result, code }) => {
    return action === 'enforce' && result === 'notChecked' && code !== undefined
  })
}

/** A check that did not pass. */
export function failed(code: CheckCode, message: string): Finding {
  return { result: 'failed', code, message }
}

/** A check that was not set up. */
export function unsupported(message: string): Finding {
  return { result: 'notChecked', code: 'check-unsupported', message }
}
