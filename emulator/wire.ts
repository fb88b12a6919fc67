// How keypairs and certificates look on the wire: names and JSON types as recorded from the real
// service, in their list form and their single form, which differ.

import { createHash } from 'node:crypto'
import { encodeBase64 } from '../shared/base64.ts'
import type { Emulation } from './emulation.ts'
import type { Keypair, KeypairCertificate } from './keypair.ts'

/** Lists shorten accounts and users; single objects have all of them. */
export type Form = 'list' | 'single'

interface ChainEntry {
  readonly cert_type: 'intermediate' | 'root'
  readonly blob: string
}

/** An item of `GET keypairs`, or the answer of `GET keypairs/{id}`. */
export function keypairBody(keypair: Keypair, form: Form, emulation: Emulation) {
  const { profile } = emulation.behaviour
  const hasCertificates = form === 'single' || !profile.has('list-without-certificates')
  const certificates = keypair.certificates.map((certificate) => ({
    ...certificateBody(certificate, keypair, form, emulation),
    certificate_profile: { id: profileId(emulation) },
  }))
  return {
    id: keypair.id,
    alias: keypair.alias,
    ...keyBody(keypair),
    key_type: keypair.type,
    key_storage: keypair.storage,
    public_key: keypair.publicKey,
    ...(hasCertificates ? { certificates } : {}),
    account: accountBody(form, emulation),
    limit_by_users: keypair.access === 'refused',
    users: keypair.access === 'refused' ? [] : [userBody(form, emulation)],
    created_on: instant(keypair.createdOn),
    created_by_user: userBody(form, emulation),
    modified_on: instant(keypair.createdOn),
    modified_by_user: userBody(form, emulation),
    key_status: keypair.status,
    groups: keypair.access === 'team' ? [groupBody(keypair, emulation)] : [],
    number_of_active_certificates: keypair.certificates.filter(isActive).length,
    key_modal_type: keypair.modalType,
    is_signable_by_me: keypair.access === 'granted' && keypair.status === 'ONLINE',
    hsm_partition_details: HSM_PARTITION,
  }
}

/** An item of `GET certificates`, or the answer of `GET certificates/{id}`. */
export function certificateBody(
  certificate: KeypairCertificate,
  keypair: Keypair,
  form: Form,
  emulation: Emulation,
) {
  const { profile } = emulation.behaviour
  const hasChain = form === 'single' || !profile.has('list-without-chain')
  const der = Buffer.from(certificate.certificate, 'base64')
  return {
    id: certificate.id,
    alias: certificate.alias,
    cert: certificate.certificate,
    certificate_fingerprint: createHash('sha256').update(der).digest('base64'),
    certificate_status: certificate.status,
    account: accountBody(form, emulation),
    keypair: {
      id: keypair.id,
      alias: keypair.alias,
      limit_by_users: keypair.access === 'refused',
    },
    default_cert: certificate.isDefault,
    created_on: instant(certificate.createdOn),
    created_by: emulation.world.userId,
    created_by_user: userBody(form, emulation),
    modified_on: instant(certificate.createdOn),
    modified_by: emulation.world.userId,
    modified_by_user: userBody(form, emulation),
    enrollment_method: 'CC_GENERATE',
    hierarchy: 'PUBLIC',
    certificate_type: 'EV',
    certificate_profile: { id: profileId(emulation), name: 'Emulated code signing' },
    organization: { id: '123456' },
    ca_certificate: { id: '987654321' },
    ...(hasChain ? { chain: chainBody(emulation) } : {}),
    valid_from: instant(certificate.validFrom),
    valid_to: instant(certificate.validTo),
    ...(form === 'single' ? { custom_fields: [] } : {}),
    auto_renewal: true,
  }
}

/** The account as single objects show it. */
export function accountBody(form: Form, emulation: Emulation) {
  const short = {
    id: emulation.world.accountId,
    name: 'Emulated account',
    cert_central_integration_allowed: true,
  }
  if (form === 'list') return short
  return {
    ...short,
    dynamic_test_keypair_allowed: false,
    gpg_enabled: false,
    is_csr_gen_enabled: false,
  }
}

/** A page of a list. */
export function pageBody<T>(items: readonly T[], offset: number, limit: number) {
  return { total: items.length, offset, limit, items: items.slice(offset, offset + limit) }
}

/** ISO 8601 in UTC to the second, as the service writes instants. */
export function instant(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z')
}

/** Without the leaf: intermediate, then root, in the default profile. */
function chainBody(emulation: Emulation): readonly ChainEntry[] {
  const { hierarchy } = emulation.world
  const { profile } = emulation.behaviour
  const entry = (cert_type: ChainEntry['cert_type'], der: Uint8Array) => ({
    cert_type,
    blob: encodeBase64(der),
  })
  const chain = [
    entry('intermediate', hierarchy.signingIntermediate.certificate),
    ...(profile.has('cross-signed') ? [entry('intermediate', hierarchy.signingCross)] : []),
    ...(profile.has('root-absent') ? [] : [entry('root', hierarchy.signingRoot.certificate)]),
  ]
  return profile.has('shuffled-chain') ? chain.toReversed() : chain
}

/** RSA keys have a size, all others a curve. */
function keyBody({ kind }: Keypair) {
  if (kind.algorithm === 'RSA') return { key_size: kind.modulusBits, key_alg: kind.algorithm }
  return { curve: kind.curve, key_alg: kind.algorithm }
}

function userBody(form: Form, emulation: Emulation) {
  const user = { id: emulation.world.userId, name: 'Emulated User' }
  return form === 'list' ? user : { ...user, auth_type: 'BASIC' }
}

function groupBody(keypair: Keypair, emulation: Emulation) {
  const { userId } = emulation.world
  return {
    id: emulation.world.accountId,
    name: 'Emulated team',
    status: 'ACTIVE',
    created_on: instant(keypair.createdOn),
    created_by: userId,
    modified_on: instant(keypair.createdOn),
    modified_by: userId,
  }
}

function profileId(emulation: Emulation): string {
  return emulation.world.accountId
}

function isActive(certificate: KeypairCertificate): boolean {
  return certificate.status === 'ACTIVE'
}

/** As recorded; nothing in here depends on the keypair. */
const HSM_PARTITION = {
  id: 'CD4E31F42A4910397A3193843225C2B0',
  name: 'EmulatedPartition',
  escrow_default: false,
  enabled: true,
  provider_partition_id: '11452578890705',
  hsm_provider: { name: 'Emulated' },
  account_assignments: null,
  display_name: 'Emulated',
  partition_name: 'EmulatedPartition',
  allowed_uses: ['key_escrow'],
  access_to_all: false,
  security_level: 'level_3',
  created_date: '2020-10-08T15:09:27',
  active_escrow_key_present: false,
  default: false,
} as const
