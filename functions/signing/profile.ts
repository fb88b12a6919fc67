// The name of a signing profile, and what makes two of them one.

import { encodeUtf8, toHex } from '../../shared/bytes.ts'
import type { Crypto } from '../../shared/crypto.ts'
import { encodeCanonicalJson } from '../../shared/policy/canonical-json.ts'
import type { ProfileRequest } from './subject-state.ts'

/**
 * SHA-256, in lower-case hexadecimal, of key, envelope type, timestamp authority, expiry and user metadata.
 *
 * The leaf certificate belongs to the profile too, but changes without anybody asking for it: the state has it beside.
 */
export async function profileId(profile: ProfileRequest, crypto: Crypto): Promise<string> {
  const { keyId, signatureMediaType, timestampAuthority, expirySeconds, userMetadata } = profile
  const text = encodeCanonicalJson([
    keyId,
    signatureMediaType,
    timestampAuthority ?? null,
    expirySeconds ?? 0,
    { ...userMetadata },
  ])
  return toHex(await crypto.digest('SHA-256', encodeUtf8(text)))
}
