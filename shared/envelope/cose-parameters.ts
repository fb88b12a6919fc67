// COSE header parameters that have a meaning outside the Notary Project (RFC 9052 §3.1, RFC 9360,
// RFC 9338): what go-cose refuses in them is refused here, whether or not they are used.

import { type CborKey, type CborMap, type CborValue, isCborArray } from '../cbor.ts'
import { malformed } from './malformed.ts'

/** Labels of header parameters. */
export const COSE_LABEL = {
  algorithm: 1,
  critical: 2,
  contentType: 3,
  keyId: 4,
  iv: 5,
  partialIv: 6,
  counterSignature: 7,
  counterSignature0: 9,
  counterSignatureV2: 11,
  counterSignature0V2: 12,
  type: 16,
  certificateChain: 33,
} as const

/** The two maps of a message. */
export type CoseBucket = 'protected' | 'unprotected'

interface Rule {
  readonly name: string
  /** Undefined when a parameter may stand in both. */
  readonly onlyIn?: CoseBucket
  /** What is wrong with a value, undefined for nothing. */
  readonly refusal: (value: CborValue, header: CborMap) => string | undefined
}

const RULES: ReadonlyMap<CborKey, Rule> = new Map<CborKey, Rule>([
  [COSE_LABEL.algorithm, { name: 'alg', refusal: refuseNoLabel }],
  [COSE_LABEL.critical, { name: 'crit', onlyIn: 'protected', refusal: refuseCritical }],
  [COSE_LABEL.contentType, { name: 'content type', refusal: refuseNoMediaType }],
  [COSE_LABEL.keyId, { name: 'kid', refusal: refuseNoBytes }],
  [COSE_LABEL.iv, { name: 'IV', refusal: refuseNoBytes }],
  [COSE_LABEL.partialIv, { name: 'Partial IV', refusal: refusePartialIv }],
  [
    COSE_LABEL.counterSignature,
    { name: 'counter signature', onlyIn: 'unprotected', refusal: refuseNoCounterSignature },
  ],
  [
    COSE_LABEL.counterSignature0,
    { name: 'countersignature0', onlyIn: 'unprotected', refusal: refuseNoBytes },
  ],
  [
    COSE_LABEL.counterSignatureV2,
    {
      name: 'Countersignature version 2',
      onlyIn: 'unprotected',
      refusal: refuseNoCounterSignature,
    },
  ],
  [
    COSE_LABEL.counterSignature0V2,
    { name: 'Countersignature0 version 2', onlyIn: 'unprotected', refusal: refuseNoBytes },
  ],
  [COSE_LABEL.type, { name: 'type', refusal: refuseNoMediaType }],
])

/** Whether a value can be a label: an integer or a text (RFC 9052 §1.5). */
export function isCoseLabel(value: CborValue): value is CborKey {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
}

/**
 * Refuses a header with a parameter in the wrong map or of the wrong type.
 *
 * @throws {NotationError} `envelope-malformed` with go-cose's text
 */
export function refuseWrongParameters(header: CborMap, bucket: CoseBucket): void {
  for (const [label, value] of header) {
    const rule = RULES.get(label)
    if (rule === undefined) continue
    const isMisplaced = rule.onlyIn !== undefined && rule.onlyIn !== bucket
    const refusal = isMisplaced ? 'not allowed' : rule.refusal(value, header)
    if (refusal !== undefined)
      throw malformed(
        `cbor: invalid ${bucket} header: ${bucket} header: header parameter: ${rule.name}: ${refusal}`,
      )
  }
}

/**
 * Refuses a label that stands in both maps, and an IV in one with a partial IV in the other (RFC 9052 §3, §3.1).
 *
 * @throws {NotationError} `envelope-malformed`
 */
export function refuseLabelClash(protectedHeader: CborMap, unprotectedHeader: CborMap): void {
  for (const label of unprotectedHeader.keys()) {
    if (protectedHeader.has(label))
      throw malformed(`Cannot read COSE envelope: label "${label}" stands in both of its headers`)
  }
  const hasBoth = (a: CborMap, b: CborMap) => a.has(COSE_LABEL.iv) && b.has(COSE_LABEL.partialIv)
  if (hasBoth(protectedHeader, unprotectedHeader) || hasBoth(unprotectedHeader, protectedHeader))
    throw malformed('IV and PartialIV parameters must not both be present')
}

function refuseNoLabel(value: CborValue): string | undefined {
  return isCoseLabel(value) ? undefined : 'require int / tstr type'
}

function refuseCritical(value: CborValue, header: CborMap): string | undefined {
  if (!isCborArray(value)) return 'invalid crit header'
  if (value.length === 0) return 'empty crit header'
  for (const label of value) {
    if (!isCoseLabel(label)) return 'require int / tstr type'
    if (!header.has(label)) return `missing critical header: ${label}`
  }
  return undefined
}

function refuseNoMediaType(value: CborValue): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint')
    return value >= 0 ? undefined : 'require tstr / uint type'
  if (typeof value !== 'string') return 'require tstr / uint type'
  if (value === '') return 'require non-empty string'
  if (value.startsWith(' ') || value.endsWith(' ')) return 'require no leading/trailing whitespace'
  return value.split('/').length === 2 ? undefined : 'require text of form type/subtype'
}

function refuseNoBytes(value: CborValue): string | undefined {
  return value instanceof Uint8Array ? undefined : 'require bstr type'
}

function refusePartialIv(value: CborValue, header: CborMap): string | undefined {
  if (header.has(COSE_LABEL.iv)) return 'IV and PartialIV parameters must not both be present'
  return refuseNoBytes(value)
}

/** COSE_Countersignature = [protected, unprotected, signature] (RFC 9338 §3.1), or several. */
function refuseNoCounterSignature(value: CborValue): string | undefined {
  const several = isCborArray(value) && isCborArray(value[0]) ? value : [value]
  const isEach = several.every(isCounterSignature)
  return isEach ? undefined : 'is not a Countersignature or a list'
}

function isCounterSignature(value: CborValue): boolean {
  if (!isCborArray(value) || value.length !== 3) return false
  const [protectedBytes, unprotected, signature] = value
  return (
    protectedBytes instanceof Uint8Array &&
    unprotected instanceof Map &&
    signature instanceof Uint8Array &&
    signature.length > 0
  )
}
