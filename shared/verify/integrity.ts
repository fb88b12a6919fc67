// Integrity: the envelope is well-formed, the leaf key of a rule-abiding chain signed it, what was signed
// is this artifact with the metadata asked for, and no verification plugin has to take part.

import { sameContent } from '../descriptor.ts'
import { parseEnvelope } from '../envelope/envelope.ts'
import { type SignedContent, verifyIntegrity } from '../envelope/verify-integrity.ts'
import { isNotationError, type NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { type Finding, failed } from './outcome.ts'
import type { VerificationContext } from './verification-context.ts'

/** A signature as it was found: of any bytes. */
export interface SignatureInput {
  /** Of the signature's manifest, where it came from a registry. */
  readonly digest?: string
  readonly mediaType: string
  readonly envelope: Uint8Array
}

/** What a registry lists as a signature and whose envelope cannot be had: it is gone, too large, or not what was announced. */
export interface BrokenSignature {
  /** Of the listed manifest. */
  readonly digest: string
  /** `envelope-malformed`. */
  readonly fault: NotationError
}

/** What was verifiably signed, or why nothing was. */
export type IntegrityResult = { readonly content: SignedContent } | { readonly finding: Finding }

/** What the envelope readers throw about envelopes; all else is about us. */
const ENVELOPE_CODES = [
  'envelope-malformed',
  'signature-mismatch',
  'chain-invalid',
  'key-unsupported',
] as const

/**
 * Checks the integrity of a signature.
 *
 * The artifact is compared here, not last as in the reference implementation: nothing else is worth
 * looking at in a signature for another one. The same place refuses what asks for a verification plugin.
 *
 * @see trust-store-trust-policy.md §Steps, "Validate Integrity"
 */
export async function checkIntegrity(
  signature: SignatureInput | BrokenSignature,
  context: VerificationContext,
): Promise<IntegrityResult> {
  if ('fault' in signature)
    return { finding: failed('envelope-malformed', signature.fault.message) }
  const { mediaType, envelope } = signature
  try {
    const content = await verifyIntegrity(
      parseEnvelope(mediaType, envelope),
      context.crypto,
      context.chains,
    )
    const finding = checkSignedContent(content, context)
    return finding === undefined ? { content } : { finding }
  } catch (error) {
    for (const code of ENVELOPE_CODES)
      if (isNotationError(error, code)) return { finding: failed(code, error.message) }
    throw error
  }
}

function checkSignedContent(
  content: SignedContent,
  { descriptor, userMetadata }: VerificationContext,
): Finding | undefined {
  const { targetArtifact } = content.payload
  if (!sameContent(targetArtifact, descriptor))
    return failed(
      'artifact-mismatch',
      `content descriptor mismatch: the signature is for ${targetArtifact.digest}`,
    )
  const { verificationPlugin } = content.attributes
  if (verificationPlugin !== undefined)
    return failed(
      'plugin-required',
      `digital signature requires plugin ${quoteGo(verificationPlugin)} with signature verification capabilities ("SIGNATURE_VERIFIER.TRUSTED_IDENTITY" and/or "SIGNATURE_VERIFIER.REVOCATION_CHECK") installed; verification plugins are not run here`,
    )
  return checkUserMetadata(content, userMetadata)
}

function checkUserMetadata(
  { payload }: SignedContent,
  userMetadata: Readonly<Record<string, string>>,
): Finding | undefined {
  const signed = new Map(Object.entries(payload.targetArtifact.annotations ?? {}))
  if (Object.entries(userMetadata).every(([name, value]) => signed.get(name) === value))
    return undefined
  return failed('metadata-mismatch', 'unable to find specified metadata in the signature')
}
