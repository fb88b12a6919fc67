// What the emulated service holds: keypairs with their keys and certificates, and how they are kept in
// JSON. How they look on the wire stands in wire.ts.

import { type KeyObject, randomUUID } from 'node:crypto'
import { encodeBase64 } from '../shared/base64.ts'
import { extendedKeyUsage, issueCertificate, keyUsage } from './certificate.ts'
import type { Identity, Validity } from './hierarchy.ts'
import { encodePrivateKey, type KeyKind, publicKeyInfo } from './key-material.ts'
import type { ProfileName } from './profiles.ts'
import type { NameAttributes } from './x509-parts.ts'

/** A keypair of the service. */
export interface Keypair {
  readonly id: string
  readonly alias: string
  readonly kind: KeyKind
  /** Base64 of the PKCS#8 DER. */
  readonly privateKey: string
  /** Base64 of the SubjectPublicKeyInfo DER. */
  readonly publicKey: string
  readonly status: 'ONLINE' | 'OFFLINE'
  readonly type: 'PRODUCTION' | 'TEST'
  readonly storage: 'HSM' | 'DISK'
  readonly modalType: 'STATIC' | 'DYNAMIC'
  /** Whether the emulator's one user may use it; `team` has a refusal text of its own. */
  readonly access: 'granted' | 'refused' | 'team'
  /** Shown only while this profile is on. */
  readonly onlyIn?: ProfileName
  /** ISO 8601. */
  readonly createdOn: string
  readonly certificates: readonly KeypairCertificate[]
}

/** A certificate of a keypair. At most one of them is the default. */
export interface KeypairCertificate {
  readonly id: string
  readonly alias: string
  /** Base64 of the DER. */
  readonly certificate: string
  /** Other words than ACTIVE are not documented; EXPIRED is the emulator's guess. */
  readonly status: 'ACTIVE' | 'EXPIRED'
  readonly isDefault: boolean
  /** ISO 8601. */
  readonly validFrom: string
  readonly validTo: string
  readonly createdOn: string
}

/** What a new keypair is to be; the rest has defaults. */
export interface KeypairTemplate
  extends Partial<
    Pick<Keypair, 'status' | 'type' | 'storage' | 'modalType' | 'access' | 'onlyIn'>
  > {
  readonly alias: string
  readonly kind: KeyKind
}

/** What a new certificate is to be. */
export interface KeypairCertificateTemplate {
  readonly alias: string
  readonly subject: NameAttributes
  readonly validity: Validity
  readonly status?: KeypairCertificate['status']
  readonly isDefault?: boolean
}

/** A keypair around a key, with no certificate yet. */
export function createKeypair(template: KeypairTemplate, key: KeyObject, now: Date): Keypair {
  return {
    id: randomUUID(),
    status: 'ONLINE',
    type: 'PRODUCTION',
    storage: 'HSM',
    modalType: 'STATIC',
    access: 'granted',
    ...template,
    privateKey: encodePrivateKey(key),
    publicKey: encodeBase64(publicKeyInfo(key)),
    createdOn: now.toISOString(),
    certificates: [],
  }
}

/** The keypair with one more code signing certificate, leaf rules as the Notary Project has them. */
export function withCertificate(
  keypair: Keypair,
  template: KeypairCertificateTemplate,
  issuer: Identity,
  now: Date,
): Keypair {
  const der = issueCertificate(
    {
      subject: template.subject,
      publicKey: new Uint8Array(Buffer.from(keypair.publicKey, 'base64')),
      extensions: [
        keyUsage('digitalSignature'),
        extendedKeyUsage('codeSigning', { critical: false }),
      ],
      ...template.validity,
    },
    issuer,
  )
  const certificate: KeypairCertificate = {
    id: randomUUID(),
    alias: template.alias,
    certificate: encodeBase64(der),
    status: template.status ?? 'ACTIVE',
    isDefault: template.isDefault ?? true,
    validFrom: template.validity.notBefore.toISOString(),
    validTo: template.validity.notAfter.toISOString(),
    createdOn: now.toISOString(),
  }
  return { ...keypair, certificates: [...keypair.certificates, certificate] }
}

/** The subject that the emulator gives: everything a trusted identity of the Notary Project must name, and more. */
export function defaultSubject(commonName: string): NameAttributes {
  return [
    ['C', 'US'],
    ['ST', 'Utah'],
    ['L', 'Lehi'],
    ['O', 'STM Emulator'],
    ['CN', commonName],
  ]
}
