// Envelopes for tests, each with whatever deviation the test names: what is signed is changed before it
// is signed, the rest after. They are written with JSON.stringify and raw-cbor.ts, not by the code under test.

import { constants, sign } from 'node:crypto'
import { KEY_SPEC_ENTRIES, type KeySpecEntry } from '../../shared/algorithm.ts'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { AT, type BuiltChain, buildChain } from './certificates.ts'
import {
  type RawMembers,
  rawArray,
  rawBytes,
  rawInteger,
  rawMap,
  rawTag,
  rawText,
} from './raw-cbor.ts'

/** The descriptor that test envelopes sign. */
export const TARGET_ARTIFACT = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'73'.repeat(32)}`,
  size: 528,
} as const

const SCHEME = 'io.cncf.notary.signingScheme'
const SIGNING_TIME = 'io.cncf.notary.signingTime'
const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json'

/** What both forms can change. */
interface SignedOptions {
  readonly chain?: BuiltChain
  /** Bytes, or text to encode. */
  readonly payload?: string | Uint8Array
  readonly certificates?: readonly Uint8Array[]
  /** How it is signed, by default with the leaf key as its key spec says. */
  readonly sign?: (message: Uint8Array) => Uint8Array
}

/** What is to differ in a JWS; a member that is undefined is left out. */
export interface JwsOptions extends SignedOptions {
  /** Members of the protected header, over the usual ones. */
  readonly header?: Readonly<Record<string, unknown>>
  /** The text of the protected header, made of the usual one. */
  readonly headerText?: (text: string) => string
  /** Members of the unprotected header. */
  readonly unprotected?: Readonly<Record<string, unknown>>
  /** Members of the envelope. */
  readonly members?: (
    members: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>>
  /** The text of the whole, made of the usual one. */
  readonly text?: (text: string) => string
}

/** What is to differ in a COSE_Sign1: lists of raw members, made of the usual ones. */
export interface CoseOptions extends SignedOptions {
  readonly header?: (members: CoseMembers) => RawMembers
  /** The bytes of the protected header, made of the usual ones. */
  readonly headerBytes?: (bytes: Uint8Array) => Uint8Array
  readonly unprotected?: (members: RawMembers) => RawMembers
  /** The four parts in their encoding, made of the usual ones. */
  readonly parts?: (parts: readonly Uint8Array[]) => readonly Uint8Array[]
  /** The whole. */
  readonly bytes?: (bytes: Uint8Array) => Uint8Array
}

/** The members of a COSE protected header by name, in the order in which they are written. */
export interface CoseMembers {
  readonly alg: readonly [Uint8Array, Uint8Array]
  readonly crit: readonly [Uint8Array, Uint8Array]
  readonly cty: readonly [Uint8Array, Uint8Array]
  readonly time: readonly [Uint8Array, Uint8Array]
  readonly scheme: readonly [Uint8Array, Uint8Array]
}

let usualChain: BuiltChain | undefined

/** A root and a leaf with P-256 keys, the same in all tests of a file. */
export function envelopeChain(): BuiltChain {
  usualChain ??= buildChain({ length: 2 })
  return usualChain
}

/** A JWS envelope. */
export function makeJws(options: JwsOptions = {}): Uint8Array {
  const { chain = envelopeChain(), certificates = chain.certificates } = options
  const entry = entryOf(chain)
  const header = withoutUndefined({
    alg: entry.jws,
    crit: [SCHEME],
    cty: PAYLOAD_TYPE,
    [SCHEME]: 'notary.x509',
    [SIGNING_TIME]: '2030-01-02T03:04:05Z',
    ...options.header,
  })
  const headerText = (options.headerText ?? same)(JSON.stringify(header))
  const protectedText = toBase64Url(encodeUtf8(headerText))
  const payload = toBase64Url(payloadOf(options))
  const signature = signWith(chain, options, encodeUtf8(`${protectedText}.${payload}`))
  const unprotected = withoutUndefined({
    x5c: certificates.map((certificate) => Buffer.from(certificate).toString('base64')),
    'io.cncf.notary.signingAgent': 'test/1',
    ...options.unprotected,
  })
  const members = { payload, protected: protectedText, header: unprotected }
  const all = { ...members, signature: toBase64Url(signature) }
  const text = JSON.stringify((options.members ?? same)(all))
  return encodeUtf8((options.text ?? same)(text))
}

/** A COSE envelope. */
export function makeCose(options: CoseOptions = {}): Uint8Array {
  const { chain = envelopeChain(), certificates = chain.certificates } = options
  const members = {
    alg: [rawInteger(1), rawInteger(entryOf(chain).cose)],
    crit: [rawInteger(2), rawArray(rawText(SCHEME))],
    cty: [rawInteger(3), rawText(PAYLOAD_TYPE)],
    time: [rawText(SIGNING_TIME), rawTime(AT)],
    scheme: [rawText(SCHEME), rawText('notary.x509')],
  } as const satisfies CoseMembers
  const header = rawMap((options.header ?? Object.values)(members))
  const protectedHeader = (options.headerBytes ?? same)(header)
  const payload = payloadOf(options)
  const signature = signWith(chain, options, sigStructure(protectedHeader, payload))
  const usual: RawMembers = [
    [rawInteger(33), rawArray(...certificates.map(rawBytes))],
    [rawText('io.cncf.notary.signingAgent'), rawText('test/1')],
  ]
  const unprotected = (options.unprotected ?? same)(usual)
  const parts = [
    rawBytes(protectedHeader),
    rawMap(unprotected),
    rawBytes(payload),
    rawBytes(signature),
  ]
  return (options.bytes ?? same)(rawTag(18, rawArray(...(options.parts ?? same)(parts))))
}

/** Sig_structure (RFC 9052 §4.4). */
export function sigStructure(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  const empty = rawBytes(new Uint8Array())
  return rawArray(rawText('Signature1'), rawBytes(protectedHeader), empty, rawBytes(payload))
}

/** Epoch seconds under tag 1. */
export function rawTime(at: Date): Uint8Array {
  return rawTag(1, rawInteger(at.getTime() / 1000))
}

/** A signature with the leaf's key; RSASSA-PSS with a salt as long as the hash, unless told otherwise. */
export function signMessage(
  chain: BuiltChain,
  message: Uint8Array,
  saltLength?: number,
): Uint8Array {
  const { scheme } = entryOf(chain)
  const options =
    scheme.name === 'ECDSA'
      ? { dsaEncoding: 'ieee-p1363' as const }
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength ?? scheme.saltBytes }
  return new Uint8Array(sign(scheme.hash, message, { key: chain.leafKey, ...options }))
}

/** Base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function signWith(chain: BuiltChain, options: SignedOptions, message: Uint8Array): Uint8Array {
  return options.sign === undefined ? signMessage(chain, message) : options.sign(message)
}

function payloadOf({ payload }: SignedOptions): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  return encodeUtf8(payload ?? JSON.stringify({ targetArtifact: TARGET_ARTIFACT }))
}

/** By the kind and size of the key, in Node's words. */
function entryOf({ leafKey }: BuiltChain): KeySpecEntry {
  const { modulusLength, namedCurve } = leafKey.asymmetricKeyDetails ?? {}
  const bits =
    modulusLength ?? { prime256v1: 256, secp384r1: 384, secp521r1: 521 }[namedCurve ?? '']
  const entry = KEY_SPEC_ENTRIES.find((candidate) => candidate.bits === bits)
  if (entry === undefined) throw new RangeError('Cannot sign with a key of no key spec')
  return entry
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

function same<T>(value: T): T {
  return value
}
