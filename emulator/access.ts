// Who may do what: the API key for everything, the client certificate as second factor for signing and
// key generation, the permissions that DigiCert's guide names. There is no switch that turns it off.

import { createHash, timingSafeEqual } from 'node:crypto'
import { equalBytes } from '../shared/bytes.ts'
import type { Emulation } from './emulation.ts'
import type { Keypair } from './keypair.ts'
import type { ProfileName } from './profiles.ts'
import {
  INVALID_API_KEY,
  KEYPAIR_OF_TEAM,
  noRights,
  noSecondFactor,
  type Permission,
  permissionMissing,
  type Refusal,
} from './refusals.ts'

/** What an operation asks for besides the API key. */
export interface Requirements {
  readonly permission?: Permission
  /** Ends the text of the refusal. */
  readonly secondFactor?: 'sign' | 'generate'
}

/** Who asks. */
export interface Caller {
  readonly apiKey: string | undefined
  /** DER of the certificate that the TLS handshake proved possession of. */
  readonly peerCertificate: Uint8Array | undefined
}

const PROFILE_WITHOUT = {
  signing: 'no-signing-permission',
  'View certificate': 'no-view-certificate-permission',
} as const satisfies Record<Permission, ProfileName>

/** Undefined when the caller may; the refusal otherwise, in the order in which the service checks. */
export function checkCaller(
  caller: Caller,
  { permission, secondFactor }: Requirements,
  emulation: Emulation,
): Refusal | undefined {
  const { credentials } = emulation.world
  if (!isSameSecret(caller.apiKey ?? '', credentials.apiKey)) return INVALID_API_KEY
  const isTwoFactor =
    caller.peerCertificate !== undefined &&
    equalBytes(caller.peerCertificate, credentials.clientCertificate)
  if (secondFactor !== undefined && !isTwoFactor) return noSecondFactor(secondFactor)
  if (permission !== undefined && emulation.behaviour.profile.has(PROFILE_WITHOUT[permission]))
    return permissionMissing(permission)
  return undefined
}

/** Undefined when the emulator's user may use the keypair. */
export function checkKeypairRights(keypair: Keypair, emulation: Emulation): Refusal | undefined {
  if (keypair.access === 'team') return KEYPAIR_OF_TEAM
  if (keypair.access === 'refused') return noRights(emulation.world.userId, keypair.id)
  return undefined
}

/** Compares digests, which have one length, in constant time. */
function isSameSecret(found: string, wanted: string): boolean {
  const [a, b] = [found, wanted].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
