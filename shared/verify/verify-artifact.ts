// The verdict on an artifact: which statement decides, and whether any signature satisfies it. Where
// signatures come from is left to the caller.

import type { Crypto } from '../crypto.ts'
import type { Descriptor } from '../descriptor.ts'
import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { MAX_SIGNATURES } from '../limits.ts'
import type { TrustBundle } from '../policy/trust-bundle.ts'
import type { RevocationChecker } from '../revocation/revocation-checker.ts'
import type { ChainCache } from '../x509/chain-cache.ts'
import type { BrokenSignature, SignatureInput } from './integrity.ts'
import {
  type ArtifactVerdict,
  findInconclusive,
  type NotCheckedReason,
  type RejectionCode,
  type SignatureVerdict,
} from './outcome.ts'
import { decideByPolicy } from './policy-decision.ts'
import type { VerificationContext } from './verification-context.ts'
import { verifySignature } from './verify-signature.ts'

export type { ArtifactVerdict, BrokenSignature, SignatureInput }

/** Signatures as they are found, at hand or fetched when asked for. */
export type FoundSignatures =
  | Iterable<SignatureInput | BrokenSignature>
  | AsyncIterable<SignatureInput | BrokenSignature>

/** What is to be verified. */
export interface ArtifactToVerify {
  /** `registry/repository@digest`: the repository selects the statement, the digest is the descriptor's. */
  readonly reference: string
  readonly descriptor: Descriptor
  /** All of the artifact's signatures, in any order. Taken one by one, and none where no signature decides. */
  readonly signatures: FoundSignatures
  /** Pairs that a signature must carry among its annotations. */
  readonly userMetadata?: Readonly<Record<string, string>>
  /** Looks at no signature after the first that is verified, as notation does; else at all of them. */
  readonly stopAtFirst?: boolean
}

/** What it is verified with. */
export interface VerificationDependencies {
  readonly bundle: TrustBundle
  /** The moment that decides about expiry and validity. */
  readonly now: Date
  readonly crypto: Crypto
  /** Lives as long as the process; without it every chain is read and verified anew. */
  readonly chains?: ChainCache
  /**
   * Asks revocation servers; one for each verification, as its limits count for all signatures together. Without it a
   * certificate that names servers makes the check `check-unsupported`.
   */
  readonly revocation?: RevocationChecker
  /** Signatures that are looked at, 1 to MAX_SIGNATURES, which it is unless given. */
  readonly maxSignatures?: number
}

/**
 * Verifies the signatures of an artifact by the trust policy.
 *
 * The first `maxSignatures` are looked at, and one that is verified is enough. A negative verdict is a value.
 *
 * @throws {NotationError} `reference-invalid`, also where it names another digest than the descriptor; `check-unsupported`
 *   where no signature is verified and the policy enforces a check on one of them that this version cannot perform; and
 *   what taking a signature throws
 * @see trust-store-trust-policy.md §Signature Evaluation
 */
export async function verifyArtifact(
  toVerify: ArtifactToVerify,
  dependencies: VerificationDependencies,
): Promise<ArtifactVerdict> {
  const { reference, descriptor, userMetadata = {} } = toVerify
  const { bundle, maxSignatures = MAX_SIGNATURES } = dependencies
  const artifact = { reference, descriptor }
  const decision = decideByPolicy(artifact, bundle)
  if ('verdict' in decision) return decision.verdict
  const { statement, policy } = decision
  const context = { ...dependencies, descriptor, userMetadata, statement }
  const { signatures, notChecked } = await verifySignatures(toVerify, maxSignatures, context)
  const looked = {
    artifact,
    policy,
    signatures,
    ...(notChecked === undefined ? {} : { signaturesNotChecked: notChecked }),
  }
  if (signatures.some(({ verified }) => verified)) return { verified: true, ...looked }
  refuseInconclusive(signatures)
  const limit = notChecked === 'limit' ? maxSignatures : undefined
  return { verified: false, ...rejectionOf(reference, signatures, limit), ...looked }
}

/** One after another, so that none is fetched which is not looked at; but for one, which tells that there are more. */
async function verifySignatures(
  { signatures, stopAtFirst = false }: ArtifactToVerify,
  maxSignatures: number,
  context: VerificationContext,
): Promise<{
  readonly signatures: readonly SignatureVerdict[]
  readonly notChecked?: NotCheckedReason
}> {
  const verdicts: SignatureVerdict[] = []
  for await (const signature of signatures) {
    if (verdicts.length === maxSignatures) return { signatures: verdicts, notChecked: 'limit' }
    const verdict = await verifySignature(signature, context)
    verdicts.push(verdict)
    if (verdict.verified && stopAtFirst) return { signatures: verdicts, notChecked: 'stopAtFirst' }
  }
  return { signatures: verdicts }
}

/** Neither verified nor rejected: had the check been made, it might have passed. */
function refuseInconclusive(verdicts: readonly SignatureVerdict[]): void {
  const check = verdicts.map(findInconclusive).find((found) => found !== undefined)
  if (check !== undefined) throw new NotationError('check-unsupported', check.message ?? '')
}

function rejectionOf(
  reference: string,
  verdicts: readonly SignatureVerdict[],
  exceededLimit: number | undefined,
): { readonly code: RejectionCode; readonly message: string } {
  if (verdicts.length === 0)
    return {
      code: 'signature-missing',
      message: `no signature is associated with ${quoteGo(reference)}, make sure the artifact was signed successfully`,
    }
  if (exceededLimit !== undefined)
    return {
      code: 'signatures-rejected',
      message: `signature evaluation stopped. The configured limit of ${exceededLimit} signatures to verify per artifact exceeded`,
    }
  return {
    code: 'signatures-rejected',
    message: `signature verification failed for all the signatures associated with ${reference}`,
  }
}
