// Attribute types of subjects by the names that people write: those of RFC 4519, and of the subjects of
// organisations that the CA/Browser Forum's rules for code signing and extended validation ask for.

/** How a subject's values of a type count: the one it has, the last one as Go has it, or all of them. */
export type ValueRule = 'one' | 'last' | 'all'

/** An attribute type. */
export interface AttributeType {
  /** The first of its names, or its object identifier where it has none here: the same for the same type. */
  readonly name: string
  readonly rule: ValueRule
}

const TYPES: readonly (readonly [oid: string, rule: ValueRule, names: readonly string[]])[] = [
  ['2.5.4.6', 'one', ['C', 'countryName']],
  ['2.5.4.8', 'one', ['ST', 'S', 'stateOrProvinceName']],
  ['2.5.4.7', 'one', ['L', 'localityName']],
  ['2.5.4.10', 'one', ['O', 'organizationName']],
  ['2.5.4.11', 'all', ['OU', 'organizationalUnitName']],
  ['2.5.4.3', 'last', ['CN', 'commonName']],
  ['2.5.4.5', 'last', ['serialNumber']],
  ['2.5.4.9', 'all', ['street', 'streetAddress']],
  ['2.5.4.17', 'one', ['postalCode']],
  ['2.5.4.15', 'one', ['businessCategory']],
  ['2.5.4.97', 'one', ['organizationIdentifier']],
  ['1.3.6.1.4.1.311.60.2.1.1', 'one', ['jurisdictionL', 'jurisdictionLocality']],
  ['1.3.6.1.4.1.311.60.2.1.2', 'one', ['jurisdictionST', 'jurisdictionStateOrProvince']],
  ['1.3.6.1.4.1.311.60.2.1.3', 'one', ['jurisdictionC', 'jurisdictionCountry']],
  ['1.2.840.113549.1.9.1', 'one', ['emailAddress', 'E']],
  ['0.9.2342.19200300.100.1.25', 'all', ['DC', 'domainComponent']],
  ['0.9.2342.19200300.100.1.1', 'one', ['UID', 'userId']],
]

const BY_OID: ReadonlyMap<string, AttributeType> = new Map(
  TYPES.map(([oid, rule, [name = oid]]) => [oid, { name, rule }]),
)
/** OpenSSL, and the standards for extended validation, call a jurisdiction's parts names. */
const BY_NAME: ReadonlyMap<string, AttributeType> = new Map(
  TYPES.flatMap(([oid, , names]) =>
    names
      .flatMap((name) => (name.startsWith('jurisdiction') ? [name, `${name}Name`] : [name]))
      .map((name) => [name.toLowerCase(), attributeTypeOf(oid)]),
  ),
)

const DOTTED = /^[0-2](?:\.(?:0|[1-9][0-9]{0,38})){1,20}$/

/**
 * The type that a text names: by one of its names, in whatever case (RFC 4512 §2.5), or as a dotted object identifier.
 *
 * @returns undefined for a name that stands for nothing here
 */
export function findAttributeType(text: string): AttributeType | undefined {
  return DOTTED.test(text) ? attributeTypeOf(text) : BY_NAME.get(text.toLowerCase())
}

/** The type of an object identifier: of what has no name here a subject must have one value. */
export function attributeTypeOf(oid: string): AttributeType {
  return BY_OID.get(oid) ?? { name: oid, rule: 'one' }
}
