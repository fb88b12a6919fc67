// Rules on the attributes of a signature that both forms share (signature-specification.md §Signed
// Attributes, signing-scheme.md). How each form lists its critical attributes is left to its own file.

import { quoteGo } from '../go-text.ts'
import {
  ATTRIBUTE,
  type AttributeKey,
  type ClaimedAttributes,
  criticalAttributes,
  foreignTimeAttribute,
  type SignedAttributes,
  timeAttribute,
} from './attributes.ts'
import { malformed } from './malformed.ts'
import { readVerificationPlugin } from './verification-plugin.ts'

/**
 * Refuses a header whose scheme has the time of the other scheme.
 *
 * The reference looks at this in JWS only; the specification says it of both forms.
 *
 * @throws {NotationError} `envelope-malformed`
 */
export function refuseForeignTime(claimed: ClaimedAttributes): void {
  const foreign = foreignTimeAttribute(claimed.signingScheme)
  if (claimed[foreign] === undefined) return
  throw malformed(
    `${quoteGo(ATTRIBUTE[foreign])} header must not be present for ${claimed.signingScheme} signing scheme`,
  )
}

/**
 * Refuses a header that leaves attributes uncritical which must be critical.
 *
 * @throws {NotationError} `envelope-malformed`
 */
export function refuseUnmarked(
  claimed: ClaimedAttributes,
  critical: ReadonlySet<AttributeKey>,
): void {
  const unmarked = criticalAttributes(claimed).filter((name) => !critical.has(name))
  if (unmarked.length === 0) return
  throw malformed(`these required headers are not marked as critical: [${unmarked.join(' ')}]`)
}

/**
 * The attributes of a header that keeps all rules which both forms share.
 *
 * Stricter than the reference: a critical attribute that is not known fails unless a verification plugin is named,
 * which then has to process it (signature-specification.md §Extended attributes).
 *
 * @throws {NotationError} `envelope-malformed`
 */
export function toSignedAttributes(claimed: ClaimedAttributes): SignedAttributes {
  const { contentType, signingScheme, signingTime, authenticSigningTime, expiry } = claimed
  const signedAt = claimed[timeAttribute(signingScheme)]
  if (signedAt === undefined) throw malformed('signing-time not present')
  if (expiry !== undefined && expiry <= signedAt)
    throw malformed('expiry cannot be equal or before the signing time')
  const { plugin, extended } = readVerificationPlugin(claimed.extended)
  const unknown = extended.find(({ critical }) => critical)
  if (unknown !== undefined && plugin.verificationPlugin === undefined)
    throw malformed(`unknown critical attribute ${quoteGo(String(unknown.key))}`)
  return {
    contentType,
    signingScheme,
    ...(signingTime === undefined ? {} : { signingTime }),
    ...(authenticSigningTime === undefined ? {} : { authenticSigningTime }),
    ...(expiry === undefined ? {} : { expiry }),
    extended,
    ...plugin,
  }
}
