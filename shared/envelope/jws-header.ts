// The protected header of a JWS envelope: JSON ↔ attributes (signature-envelope-jws.md §Protected Headers).

import { KEY_SPEC_ENTRIES, type KeySpecEntry } from '../algorithm.ts'
import { encodeUtf8 } from '../bytes.ts'
import { quoteGo } from '../go-text.ts'
import { type JsonObject, type JsonValue, parseJson } from '../json.ts'
import { findOtherSpelling, isJsonAbsent, isJsonObject, isJsonTexts } from '../json-shape.ts'
import { encodeRfc3339, parseRfc3339 } from '../rfc3339.ts'
import { refuseForeignTime, refuseUnmarked, toSignedAttributes } from './attribute-rules.ts'
import {
  ATTRIBUTE,
  type ClaimedAttributes,
  criticalAttributes,
  isSigningScheme,
  type SignedAttributes,
  type SigningScheme,
} from './attributes.ts'
import { asMalformed, malformed } from './malformed.ts'
import type { ProtectedHeader } from './unverified-envelope.ts'
import { verificationPluginAttributes } from './verification-plugin.ts'

const UNDECODABLE = "jws envelope protected header can't be decoded"
/** Everything else in a header is an extended attribute. */
const KNOWN_PARAMETERS: readonly string[] = [
  'alg',
  'cty',
  'crit',
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
export function parseJwsHeader(bytes: Uint8Array): ProtectedHeader {
  return asMalformed(UNDECODABLE, () => readHeader(bytes))
}

/** The bytes of a protected header: members sorted, no space, critical ones in notation's order. */
export function encodeJwsHeader({ algorithm, attributes }: ProtectedHeader): Uint8Array {
  const { contentType, signingScheme, signingTime, authenticSigningTime, expiry } = attributes
  const extended = [...attributes.extended, ...verificationPluginAttributes(attributes)]
  const times = { signingTime, authenticSigningTime, expiry }
  const members: (readonly [string, unknown])[] = [
    ['alg', algorithm.jws],
    ['crit', criticalOrder(attributes)],
    ['cty', contentType],
    [ATTRIBUTE.signingScheme, signingScheme],
    ...extended.map(({ key, value }) => [String(key), value] as const),
  ]
  for (const name of ['signingTime', 'authenticSigningTime', 'expiry'] as const) {
    const at = times[name]
    if (at !== undefined) members.push([ATTRIBUTE[name], encodeRfc3339(at)])
  }
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return encodeUtf8(JSON.stringify(Object.fromEntries(members)))
}

function readHeader(bytes: Uint8Array): ProtectedHeader {
  const header = parseJson(bytes)
  if (!isJsonObject(header)) throw undecodable('it is not an object')
  const misspelled = findOtherSpelling(header, KNOWN_PARAMETERS)
  if (misspelled !== undefined)
    throw undecodable(`${quoteGo(misspelled)} differs from a name in case only`)
  const algorithm = readAlgorithm(header.alg)
  const critical = readCritical(header.crit)
  const claimed = readAttributes(header, new Set(critical))
  refuseForeignTime(claimed)
  refuseMissingTime(claimed)
  refuseMisplacedCritical(claimed, critical)
  return { algorithm, attributes: toSignedAttributes(claimed) }
}

/** signingScheme, critical extended attributes, then the critical times. */
function criticalOrder(attributes: SignedAttributes): readonly string[] {
  const [scheme, ...times] = criticalAttributes(attributes)
  const extended = [...attributes.extended, ...verificationPluginAttributes(attributes)]
    .filter(({ critical }) => critical)
    .map(({ key }) => String(key))
  return [...(scheme === undefined ? [] : [scheme]), ...extended, ...times]
}

function readAlgorithm(value: JsonValue | undefined): KeySpecEntry {
  const entry = KEY_SPEC_ENTRIES.find(({ jws }) => jws === value)
  if (entry !== undefined) return entry
  if (typeof value !== 'string')
    throw malformed('signature is invalid. Error: signing method (alg) is unspecified.')
  throw malformed(`signature is invalid. Error: signing method ${value} is invalid`)
}

function readCritical(value: JsonValue | undefined): readonly string[] {
  if (isJsonAbsent(value)) throw malformed('missing "crit" header')
  if (!isJsonTexts(value)) throw undecodable('"crit" is not a list of texts')
  if (value.length === 0) throw malformed('missing "crit" header')
  return value
}

function readAttributes(header: JsonObject, critical: ReadonlySet<string>): ClaimedAttributes {
  return {
    contentType: readText(header, 'cty'),
    signingScheme: readScheme(header),
    signingTime: readTime(header, ATTRIBUTE.signingTime),
    authenticSigningTime: readTime(header, ATTRIBUTE.authenticSigningTime),
    expiry: readTime(header, ATTRIBUTE.expiry),
    extended: Object.entries(header)
      .filter(([key]) => !KNOWN_PARAMETERS.includes(key))
      .map(([key, value]) => ({ key, value, critical: critical.has(key) })),
  }
}

function readScheme(header: JsonObject): SigningScheme {
  const scheme = readText(header, ATTRIBUTE.signingScheme)
  if (isSigningScheme(scheme)) return scheme
  throw malformed(`unsupported SigningScheme: \`${scheme}\``)
}

function readText(header: JsonObject, name: string): string {
  const value = header[name]
  if (isJsonAbsent(value)) return ''
  if (typeof value === 'string') return value
  throw undecodable(`${quoteGo(name)} is not a text`)
}

function readTime(header: JsonObject, name: string): Date | undefined {
  const value = header[name]
  if (isJsonAbsent(value)) return undefined
  if (typeof value === 'string') return parseRfc3339(value)
  throw undecodable(`${quoteGo(name)} is not a time`)
}

/** The scheme in the message is not a slip of ours: the reference names this one. */
function refuseMissingTime({ signingScheme, authenticSigningTime }: ClaimedAttributes): void {
  if (signingScheme === 'notary.x509' || authenticSigningTime !== undefined) return
  throw malformed(
    `${quoteGo(ATTRIBUTE.authenticSigningTime)} header must be present for notary.x509 signing scheme`,
  )
}

/**
 * Each critical entry must be an attribute that has to be critical, once, or an extended one that is there
 * (RFC 7515 §4.1.11: no parameter of JWS itself, none that is absent, none twice).
 */
function refuseMisplacedCritical(claimed: ClaimedAttributes, critical: readonly string[]): void {
  const required = new Set(criticalAttributes(claimed))
  const extended = new Set(claimed.extended.map(({ key }) => key))
  const misplaced = critical.find((name) => !required.delete(name) && !extended.has(name))
  if (misplaced !== undefined)
    throw malformed(`${quoteGo(misplaced)} header is marked critical but not present`)
  refuseUnmarked(claimed, new Set(critical))
}

function undecodable(found: string): Error {
  return malformed(`${UNDECODABLE}: ${found}`)
}
