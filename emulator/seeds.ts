// The keypairs that every emulator starts with, one row each. A certificate's alias equals its
// keypair's, because some clients look for the certificate first.

import type { KeyObject } from 'node:crypto'
import { authorityValidity, daysFrom, type Hierarchy, type Validity } from './hierarchy.ts'
import {
  type CurveName,
  generateEcKey,
  generateEd25519Key,
  type KeyKind,
  type PublicTestKeyName,
  publicTestKey,
} from './key-material.ts'
import {
  createKeypair,
  defaultSubject,
  type Keypair,
  type KeypairTemplate,
  withCertificate,
} from './keypair.ts'
import type { NameAttributes } from './x509-parts.ts'

interface Seed extends Omit<KeypairTemplate, 'kind'> {
  /** A committed RSA key, or the curve of a fresh key. */
  readonly key: PublicTestKeyName | CurveName | 'Ed25519'
  readonly subject?: NameAttributes
  /** Which certificates it has; one that is valid when not said. */
  readonly certificates?: 'expired' | 'renewed'
}

const SEEDS: readonly Seed[] = [
  { alias: 'rsa-2048', key: 'rsa-2048' },
  { alias: 'rsa-3072', key: 'rsa-3072' },
  { alias: 'rsa-4096', key: 'rsa-4096' },
  { alias: 'ec-p256', key: 'P256' },
  { alias: 'ec-p384', key: 'P384' },
  { alias: 'ec-p521', key: 'P521' },
  // Aliases of DigiCert's guide; it shows RSASSA-PSS-SHA-256 for the first.
  { alias: 'my-key', key: 'rsa-2048-second' },
  { alias: 'my-rsa-4096-key', key: 'rsa-4096-second' },
  // Another key than my-key: aliases are case-sensitive.
  { alias: 'My-Key', key: 'P256' },
  // The guide's sample subject, which a trust policy cannot name for want of ST.
  {
    alias: 'no-st',
    key: 'P256',
    subject: [
      ['C', 'US'],
      ['O', 'My Org'],
      ['CN', 'My Signing Cert'],
    ],
  },
  { alias: 'offline-key', key: 'P256', status: 'OFFLINE' },
  { alias: 'restricted-key', key: 'P256', access: 'refused' },
  { alias: 'team-key', key: 'P256', access: 'team' },
  { alias: 'expired-key', key: 'P256', certificates: 'expired' },
  { alias: 'renewed-key', key: 'P256', certificates: 'renewed' },
  // Keys that the Notary Project has no algorithm for.
  { alias: 'rsa-1024', key: 'rsa-1024' },
  { alias: 'ed25519', key: 'Ed25519' },
  { alias: 'c0ffee00-1234-4abc-8def-0123456789ab', key: 'P256', onlyIn: 'uuid-alias' },
]

/** Makes the seeded keypairs. */
export function createSeededKeypairs(hierarchy: Hierarchy, now: Date): readonly Keypair[] {
  return SEEDS.map((seed) => createSeededKeypair(seed, hierarchy, now))
}

function createSeededKeypair(seed: Seed, hierarchy: Hierarchy, now: Date): Keypair {
  const { key: keyName, subject, certificates, ...template } = seed
  const kind = kindOf(keyName)
  let keypair = createKeypair({ ...template, kind }, keyOf(keyName, kind), now)
  const issue = (validity: Validity, status: 'ACTIVE' | 'EXPIRED', isDefault: boolean) =>
    withCertificate(
      keypair,
      {
        alias: seed.alias,
        subject: subject ?? defaultSubject(seed.alias),
        validity,
        status,
        isDefault,
      },
      hierarchy.signingIntermediate,
      now,
    )
  if (certificates !== undefined) {
    const past = { notBefore: daysFrom(now, -300), notAfter: daysFrom(now, -30) }
    keypair = issue(past, 'EXPIRED', certificates === 'expired')
  }
  if (certificates !== 'expired') keypair = issue(authorityValidity(now), 'ACTIVE', true)
  return keypair
}

function keyOf(name: Seed['key'], kind: KeyKind): KeyObject {
  if (kind.algorithm === 'RSA') return publicTestKey(name as PublicTestKeyName)
  if (kind.algorithm === 'ECDSA') return generateEcKey(kind.curve)
  return generateEd25519Key()
}

function kindOf(name: Seed['key']): KeyKind {
  if (name === 'Ed25519') return { algorithm: 'EdDSA', curve: name }
  if (name === 'P256' || name === 'P384' || name === 'P521')
    return { algorithm: 'ECDSA', curve: name }
  return { algorithm: 'RSA', modulusBits: Number(name.split('-')[1]) }
}
