// The protected header of a COSE envelope: CBOR map ↔ attributes (signature-envelope-cose.md §Protected
// Header).

import { KEY_SPEC_ENTRIES, type KeySpecEntry } from '../algorithm.ts'
import {
  type CborKey,
  type CborMap,
  type CborValue,
  encodeCbor,
  isCborArray,
  isCborFloat,
  isCborTag,
  parseCbor,
  type WritableCbor,
} from '../cbor.ts'
import { refuseForeignTime, refuseUnmarked, toSignedAttributes } from './attribute-rules.ts'
import {
  ATTRIBUTE,
  type ClaimedAttributes,
  criticalAttributes,
  isSigningScheme,
  type SigningScheme,
  timeAttribute,
} from './attributes.ts'
import { COSE_LABEL, isCoseLabel, refuseWrongParameters } from './cose-parameters.ts'
import { asMalformed, malformed } from './malformed.ts'
import type { ProtectedHeader } from './unverified-envelope.ts'
import { verificationPluginAttributes } from './verification-plugin.ts'

/** Epoch seconds (RFC 8949 §3.4.2), and the other time, which is text (§3.4.1). */
const TAG_EPOCH = 1
const TAG_TEXT_TIME = 0
/** Everything else in a header is an extended attribute. */
const KNOWN_LABELS: readonly CborKey[] = [
  COSE_LABEL.algorithm,
  COSE_LABEL.critical,
  COSE_LABEL.contentType,
  ATTRIBUTE.signingScheme,
  ATTRIBUTE.signingTime,
  ATTRIBUTE.authenticSigningTime,
  ATTRIBUTE.expiry,
]

/**
 * Reads a protected header.
 *
 * @throws {NotationError} `envelope-malformed`
 */
export function parseCoseHeader(bytes: Uint8Array): ProtectedHeader {
  return readHeader(parseCoseHeaderMap(bytes))
}

/**
 * Reads the map of a protected header; no bytes stand for an empty one (RFC 9052 §3).
 *
 * @throws {NotationError} `envelope-malformed`
 */
export function parseCoseHeaderMap(bytes: Uint8Array): CborMap {
  if (bytes.length === 0) return new Map()
  const header = asMalformed('cbor: invalid protected header', () => parseCbor(bytes))
  if (header instanceof Map) return header
  throw malformed('cbor: invalid protected header: cbor: protected header: require map type')
}

/** The bytes of a protected header: keys in bytewise order, critical ones in notation's order. */
export function encodeCoseHeader({ algorithm, attributes }: ProtectedHeader): Uint8Array {
  const { contentType, signingScheme } = attributes
  const extended = [...attributes.extended, ...verificationPluginAttributes(attributes)]
  const critical = extended.filter((attribute) => attribute.critical).map(({ key }) => key)
  const members = new Map<CborKey, WritableCbor>([
    [COSE_LABEL.algorithm, algorithm.cose],
    [COSE_LABEL.critical, [...criticalAttributes(attributes), ...critical]],
    [COSE_LABEL.contentType, contentType],
    [ATTRIBUTE.signingScheme, signingScheme],
  ])
  for (const name of ['signingTime', 'authenticSigningTime', 'expiry'] as const) {
    const at = attributes[name]
    if (at !== undefined)
      members.set(ATTRIBUTE[name], { tag: TAG_EPOCH, value: Math.floor(at.getTime() / 1000) })
  }
  for (const { key, value } of extended) members.set(key, value as WritableCbor)
  return encodeCbor(members)
}

function readHeader(header: CborMap): ProtectedHeader {
  refuseWrongParameters(header, 'protected')
  const critical = readCritical(header)
  const signingScheme = readScheme(header)
  const claimed: ClaimedAttributes = {
    contentType: readContentType(header),
    signingScheme,
    signingTime: readTime(header, 'signingTime', 'signingTime'),
    authenticSigningTime: readTime(header, 'authenticSigningTime', 'signingTime'),
    expiry: readTime(header, 'expiry', 'expiry'),
    extended: [...header]
      .filter(([key]) => !KNOWN_LABELS.includes(key))
      .map(([key, value]) => ({ key, value, critical: critical.has(key) })),
  }
  refuseUnmarked(claimed, critical)
  const algorithm = readAlgorithm(header.get(COSE_LABEL.algorithm))
  refuseForeignTime(claimed)
  const time = timeAttribute(signingScheme)
  if (claimed[time] === undefined)
    throw malformed(`invalid signingTime: protected header "${ATTRIBUTE[time]}" is missing`)
  return { algorithm, attributes: toSignedAttributes(claimed) }
}

function readAlgorithm(value: CborValue | undefined): KeySpecEntry {
  const entry = KEY_SPEC_ENTRIES.find(({ cose }) => cose === value)
  if (entry !== undefined) return entry
  if (value === undefined) throw malformed('signature is invalid. Error: algorithm not found')
  throw malformed(`signature algorithm not supported: ${String(value)}`)
}

/** Without the parameter, what must be critical is found unmarked. */
function readCritical(header: CborMap): ReadonlySet<CborKey> {
  const critical = header.get(COSE_LABEL.critical)
  return new Set(isCborArray(critical) ? critical.filter(isCoseLabel) : [])
}

function readScheme(header: CborMap): SigningScheme {
  const scheme = header.get(ATTRIBUTE.signingScheme)
  if (typeof scheme !== 'string') throw malformed('invalid signingScheme')
  if (isSigningScheme(scheme)) return scheme
  throw malformed(`unsupported signingScheme: ${scheme}`)
}

function readContentType(header: CborMap): string {
  const contentType = header.get(COSE_LABEL.contentType)
  if (contentType === undefined) throw malformed('missing content type')
  if (typeof contentType !== 'string') throw malformed("content type should be of 'tstr' type")
  return contentType
}

/** @param what - the reference's name for the attribute in messages */
function readTime(
  header: CborMap,
  name: 'signingTime' | 'authenticSigningTime' | 'expiry',
  what: 'signingTime' | 'expiry',
): Date | undefined {
  const value = header.get(ATTRIBUTE[name])
  if (value === undefined) return undefined
  const tag = isCborTag(value) ? value.tag : undefined
  if (tag === TAG_TEXT_TIME)
    throw malformed(`invalid ${what}: only Tag \`1\` Datetime CBOR object is supported`)
  const seconds = isCborTag(value) && tag === TAG_EPOCH ? value.value : undefined
  const at = toDate(isCborFloat(seconds) ? seconds.float : seconds)
  if (Number.isNaN(at.getTime())) throw malformed(`invalid ${what}: invalid timeValue type`)
  return at
}

/** Cut to milliseconds; not a date when the seconds are no number or too many. */
function toDate(seconds: CborValue | undefined): Date {
  return new Date(typeof seconds === 'number' ? Math.floor(seconds * 1000) : Number.NaN)
}
