// Extensions that nothing here uses but whose form Go checks as it reads a certificate: what the
// reference calls malformed must not pass here. Names and values within them are not judged.

import { constructedTag, DER_TAG, type DerReader, primitiveTag } from '../der.ts'

/** Readers that only refuse, by dotted object identifier. */
export const UNUSED_EXTENSION_READERS: ReadonlyMap<string, (der: DerReader) => void> = new Map([
  ['2.5.29.17', readAlternativeNames],
  ['2.5.29.30', readNameConstraints],
  ['2.5.29.32', readPolicies],
  ['2.5.29.33', readPolicyMappings],
  ['2.5.29.36', readPolicyConstraints],
  ['2.5.29.54', readInhibitAnyPolicy],
])

const EMAIL = primitiveTag(1)
const DNS_NAME = primitiveTag(2)
const URI = primitiveTag(6)
const IP_ADDRESS = primitiveTag(7)
const IPV4_BYTES = 4
const IPV6_BYTES = 16

/** GeneralNames (RFC 5280 §4.2.1.6). */
function readAlternativeNames(der: DerReader): void {
  der.each(DER_TAG.sequence, () => {
    const tag = der.peekTag()
    const content = der.readContent(tag)
    const isText = tag === EMAIL || tag === DNS_NAME || tag === URI
    if (isText && content.some((byte) => byte >= 0x80))
      throw der.malformed('an alternative name is not ASCII')
    if (tag === IP_ADDRESS && content.length !== IPV4_BYTES && content.length !== IPV6_BYTES)
      throw der.malformed('an alternative name holds an IP address of another length')
  })
}

/** NameConstraints (RFC 5280 §4.2.1.10): one of the two lists at least, and something in it. */
function readNameConstraints(der: DerReader): void {
  der.inside(DER_TAG.sequence, () => {
    const subtrees = [constructedTag(0), constructedTag(1)].flatMap((tag) =>
      der.isNext(tag) ? der.each(tag, () => der.readRaw(DER_TAG.sequence)) : [],
    )
    if (subtrees.length === 0) throw der.malformed('its name constraints are empty')
  })
}

/** CertificatePolicies (RFC 5280 §4.2.1.4): each policy once. */
function readPolicies(der: DerReader): void {
  const policies = der.each(DER_TAG.sequence, () =>
    der.inside(DER_TAG.sequence, () => {
      const policy = der.readObjectIdentifier()
      if (!der.isAtEnd) der.readRaw(DER_TAG.sequence)
      return policy
    }),
  )
  if (new Set(policies).size < policies.length) throw der.malformed('a policy stands twice')
}

/** PolicyMappings (RFC 5280 §4.2.1.5). */
function readPolicyMappings(der: DerReader): void {
  der.each(DER_TAG.sequence, () =>
    der.inside(DER_TAG.sequence, () => {
      der.readObjectIdentifier()
      der.readObjectIdentifier()
    }),
  )
}

/** PolicyConstraints (RFC 5280 §4.2.1.11). */
function readPolicyConstraints(der: DerReader): void {
  der.inside(DER_TAG.sequence, () => {
    for (const tag of [primitiveTag(0), primitiveTag(1)])
      if (der.isNext(tag)) der.readSmallInteger(tag)
  })
}

/** InhibitAnyPolicy (RFC 5280 §4.2.1.14). */
function readInhibitAnyPolicy(der: DerReader): void {
  der.readSmallInteger()
}
