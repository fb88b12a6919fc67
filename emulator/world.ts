// Everything an emulator knows that outlives a request: its authorities, credentials and keypairs, and
// how all of it is kept in one JSON document.

import { randomBytes, randomUUID } from 'node:crypto'
import { encodeBase64 } from '../shared/base64.ts'
import { toHex } from '../shared/bytes.ts'
import { extendedKeyUsage, issueCertificate, keyUsage } from './certificate.ts'
import {
  authorityValidity,
  createHierarchy,
  type Hierarchy,
  type Identity,
  nameResponders,
  TLS_VALIDITY,
} from './hierarchy.ts'
import { encodePrivateKey, generateEcKey, parsePrivateKey, publicKeyInfo } from './key-material.ts'
import type { Keypair } from './keypair.ts'
import { encodePkcs12 } from './pkcs12.ts'
import type { RevocationService } from './responders.ts'
import type { RevocationRecord } from './revocation-states.ts'
import { createSeededKeypairs } from './seeds.ts'
import { SetupError } from './setup-error.ts'
import type { NameAttributes } from './x509-parts.ts'

/** What a client needs to be the emulator's one user. */
export interface Credentials {
  readonly apiKey: string
  /** DER. */
  readonly clientCertificate: Uint8Array
  /** PKCS#12 with key and certificate. */
  readonly clientP12: Uint8Array
  readonly clientP12Password: string
}

/** The revocation responders that all certificates of a world name. */
export interface KeptService extends RevocationService {
  /** Where they listen. */
  readonly port: number
  /** Whether `url` was given, so that it stays when the port changes. */
  readonly isPublic: boolean
}

/** All that is kept. */
export interface World {
  readonly accountId: string
  readonly userId: string
  readonly credentials: Credentials
  readonly hierarchy: Hierarchy
  readonly keypairs: readonly Keypair[]
  /** Undefined where certificates name no responders. */
  readonly service: KeptService | undefined
  /** Of certificates that are not good. */
  readonly revocations: readonly RevocationRecord[]
}

/** Written into the document, so that a later layout can tell it. */
const DOCUMENT_VERSION = 1

/** A new world: new authorities, credentials and seeded keypairs; all certificates are good. */
export function createWorld(now: Date, service: KeptService | undefined): World {
  const mark = toHex(randomBytes(2)).toUpperCase()
  const hierarchy = createHierarchy(mark, authorityValidity(now), service)
  return {
    accountId: randomUUID(),
    userId: randomUUID(),
    credentials: createCredentials(hierarchy.clientRoot),
    hierarchy,
    keypairs: createSeededKeypairs(hierarchy, now),
    service,
    revocations: [],
  }
}

/** JSON of a world, private keys in the clear. */
export function encodeWorld(world: World): string {
  const { credentials, hierarchy, ...rest } = world
  const document = {
    version: DOCUMENT_VERSION,
    warning: 'Private keys and credentials of an emulator. For tests only.',
    ...rest,
    credentials: {
      ...credentials,
      clientCertificate: encodeBase64(credentials.clientCertificate),
      clientP12: encodeBase64(credentials.clientP12),
    },
    hierarchy: Object.fromEntries(
      Object.entries(hierarchy).map(([role, value]) => [role, encodeMember(value)]),
    ),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** The inverse of encodeWorld. The document is the emulator's own: its version is checked, its members are not. */
export function parseWorld(text: string): World {
  const document = parseDocument(text)
  const { accountId, userId, credentials, keypairs, service } = document
  const hierarchy = parseHierarchy(document.hierarchy)
  return {
    accountId,
    userId,
    keypairs,
    service,
    // Worlds of an earlier version have none.
    revocations: document.revocations ?? [],
    credentials: {
      ...credentials,
      clientCertificate: fromBase64(credentials.clientCertificate),
      clientP12: fromBase64(credentials.clientP12),
    },
    hierarchy: service === undefined ? hierarchy : nameResponders(hierarchy, service),
  }
}

function parseHierarchy(members: StoredWorld['hierarchy']): Hierarchy {
  return Object.fromEntries(
    Object.entries(members).map(([role, value]) => [role, parseMember(value)]),
  ) as unknown as Hierarchy
}

interface StoredIdentity {
  readonly subject: NameAttributes
  readonly key: string
  readonly certificate: string
}

interface StoredWorld {
  readonly version: number
  readonly accountId: string
  readonly userId: string
  readonly credentials: Record<keyof Credentials, string>
  readonly hierarchy: Readonly<Record<string, StoredIdentity | string>>
  readonly keypairs: readonly Keypair[]
  readonly service?: KeptService
  readonly revocations?: readonly RevocationRecord[]
}

function parseDocument(text: string): StoredWorld {
  const document: unknown = JSON.parse(text)
  const isKnown =
    typeof document === 'object' &&
    document !== null &&
    'version' in document &&
    document.version === DOCUMENT_VERSION
  if (!isKnown) throw new SetupError(`its version is not ${DOCUMENT_VERSION}`)
  return document as StoredWorld
}

function encodeMember(value: Identity | Uint8Array): StoredIdentity | string {
  if (value instanceof Uint8Array) return encodeBase64(value)
  return {
    subject: value.subject,
    key: encodePrivateKey(value.key),
    certificate: encodeBase64(value.certificate),
  }
}

function parseMember(value: StoredIdentity | string): Identity | Uint8Array {
  if (typeof value === 'string') return fromBase64(value)
  return {
    subject: value.subject,
    key: parsePrivateKey(value.key),
    certificate: fromBase64(value.certificate),
  }
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}

function createCredentials(clientRoot: Identity): Credentials {
  const key = generateEcKey('P256')
  const certificate = issueCertificate(
    {
      subject: [
        ['C', 'US'],
        ['O', 'STM Emulator'],
        ['CN', 'emulated-user'],
      ],
      publicKey: publicKeyInfo(key),
      extensions: [
        keyUsage('digitalSignature'),
        extendedKeyUsage('clientAuth', { critical: false }),
      ],
      ...TLS_VALIDITY,
    },
    clientRoot,
  )
  const clientP12Password = randomBytes(9).toString('base64url')
  const identity = { key, certificate, friendlyName: 'emulated-user' }
  return {
    // The service's tokens: 26 hexadecimal digits that start with 01, an underscore, 64 more.
    apiKey: `01${toHex(randomBytes(12))}_${toHex(randomBytes(32))}`,
    clientCertificate: certificate,
    clientP12: encodePkcs12(identity, clientP12Password),
    clientP12Password,
  }
}
