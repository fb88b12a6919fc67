// The verification of one signature: the steps of the specification in order, each with its outcome.
// No outcome is remembered from one signature to the next, nor whether an envelope's signature was genuine.

import { digestOf } from '../digest.ts'
import type { SignedContent } from '../envelope/verify-integrity.ts'
import type { VerificationType } from '../policy/levels.ts'
import type { Certificate } from '../x509/certificate.ts'
import { formatName } from '../x509/name.ts'
import { checkAuthenticTimestamp } from './authentic-timestamp.ts'
import { checkAuthenticity } from './authenticity.ts'
import { checkExpiry } from './expiry.ts'
import { type BrokenSignature, checkIntegrity, type SignatureInput } from './integrity.ts'
import type { Check, Finding, SignatureVerdict, SignerName } from './outcome.ts'
import { checkRevocation } from './revocation.ts'
import type { VerificationContext } from './verification-context.ts'

type Step = (
  content: SignedContent,
  context: VerificationContext,
) => Promise<Finding | undefined> | Finding | undefined

/** trust-store-trust-policy.md §Steps, behind integrity. */
const STEPS: readonly (readonly [VerificationType, Step])[] = [
  ['authenticity', checkAuthenticity],
  ['expiry', checkExpiry],
  ['authenticTimestamp', checkAuthenticTimestamp],
  ['revocation', checkRevocation],
]

/**
 * Verifies one signature of an artifact.
 *
 * @param signature - any bytes, or none: what is wrong with them is an outcome
 * @returns verified when every enforced check passed
 */
export async function verifySignature(
  signature: SignatureInput | BrokenSignature,
  context: VerificationContext,
): Promise<SignatureVerdict> {
  const named = {
    ...(signature.digest === undefined ? {} : { digest: signature.digest }),
    ...('mediaType' in signature ? { mediaType: signature.mediaType } : {}),
  }
  const integrity = await checkIntegrity(signature, context)
  if ('finding' in integrity) {
    const checks = [
      { type: 'integrity', action: 'enforce', ...integrity.finding } as const,
      ...STEPS.map(([type]) => notReached(type, context)),
    ]
    return { ...named, verified: false, checks }
  }
  const checks: Check[] = [{ type: 'integrity', action: 'enforce', result: 'passed' }]
  let verified = true
  for (const [type, step] of STEPS) {
    const check = verified
      ? await makeCheck(type, step, integrity.content, context)
      : notReached(type, context)
    if (check.action === 'enforce' && check.result !== 'passed') verified = false
    checks.push(check)
  }
  return { ...named, verified, signer: await nameSigner(integrity.content, context), checks }
}

async function makeCheck(
  type: VerificationType,
  step: Step,
  content: SignedContent,
  context: VerificationContext,
): Promise<Check> {
  const action = context.statement.signatureVerification.level.actions[type]
  if (action === 'skip') return { type, action, result: 'skipped' }
  const finding = await step(content, context)
  return finding === undefined ? { type, action, result: 'passed' } : { type, action, ...finding }
}

/** The first enforced failure ends the evaluation. */
function notReached(type: VerificationType, { statement }: VerificationContext): Check {
  const action = statement.signatureVerification.level.actions[type]
  return { type, action, result: 'notChecked' }
}

/** Names of leaves that a cache of chains holds, for as long as it does. */
const signerNames = new WeakMap<Certificate, SignerName>()

async function nameSigner(
  { chain: [leaf] }: SignedContent,
  { crypto }: VerificationContext,
): Promise<SignerName> {
  if (leaf === undefined) throw new RangeError('a verified chain has a leaf')
  const name = signerNames.get(leaf) ?? {
    subject: formatName(leaf.subject),
    fingerprint: await digestOf('SHA-256', leaf.raw, crypto),
  }
  signerNames.set(leaf, name)
  return name
}
