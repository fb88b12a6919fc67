// The attributes of a signature, whichever form it comes in (signature-specification.md §Signed
// Attributes). The rules on them stand in attribute-rules.ts.

/** Names of the attributes: JWS header parameters, COSE text labels. */
export const ATTRIBUTE = {
  signingScheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  verificationPlugin: 'io.cncf.notary.verificationPlugin',
  verificationPluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
  timestampSignature: 'io.cncf.notary.timestampSignature',
  signingAgent: 'io.cncf.notary.signingAgent',
} as const

/** Who vouches for the signing time: nobody but a timestamp, or the signing authority. */
export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority'

/** What an attribute is called; COSE allows integers beside text. */
export type AttributeKey = string | number | bigint

/** An attribute that this project gives no meaning to. */
export interface ExtendedAttribute {
  readonly key: AttributeKey
  /** As the reader of its form made it. */
  readonly value: unknown
  /** A verifier that does not process it must refuse the signature. */
  readonly critical: boolean
}

/** Signed attributes. */
export interface SignedAttributes {
  readonly contentType: string
  readonly signingScheme: SigningScheme
  /** With `notary.x509`: what the signer claims, not to be trusted. */
  readonly signingTime?: Date
  /** With `notary.x509.signingAuthority`. */
  readonly authenticSigningTime?: Date
  /** The first moment at which the signature no longer counts. */
  readonly expiry?: Date
  /** Those without a field of their own, in the order of the header. */
  readonly extended: readonly ExtendedAttribute[]
  /** A plugin that must take part in the verification. Without one, no attribute in `extended` is critical. */
  readonly verificationPlugin?: string
  /** SemVer. */
  readonly verificationPluginMinVersion?: string
}

/** Attributes as a header has them, read but not checked against each other. */
export interface ClaimedAttributes {
  readonly contentType: string
  readonly signingScheme: SigningScheme
  readonly signingTime: Date | undefined
  readonly authenticSigningTime: Date | undefined
  readonly expiry: Date | undefined
  /** Everything else, those of verification plugins included. */
  readonly extended: readonly ExtendedAttribute[]
}

/** Which time each scheme has, and which it must not have. */
const TIMES = {
  'notary.x509': { own: 'signingTime', foreign: 'authenticSigningTime' },
  'notary.x509.signingAuthority': { own: 'authenticSigningTime', foreign: 'signingTime' },
} as const satisfies Record<SigningScheme, unknown>

/** Whether a text names a signing scheme. */
export function isSigningScheme(text: string): text is SigningScheme {
  return Object.hasOwn(TIMES, text)
}

/** The name of the time that a scheme requires. */
export function timeAttribute(scheme: SigningScheme): 'signingTime' | 'authenticSigningTime' {
  return TIMES[scheme].own
}

/** The name of the time that a scheme must not have. */
export function foreignTimeAttribute(
  scheme: SigningScheme,
): 'signingTime' | 'authenticSigningTime' {
  return TIMES[scheme].foreign
}

/** When it was signed, by whichever scheme. */
export function signingTimeOf(attributes: SignedAttributes): Date | undefined {
  return attributes[timeAttribute(attributes.signingScheme)]
}

/** Attributes that must be marked critical where they are present, in the order in which notation writes them. */
export function criticalAttributes(
  attributes: ClaimedAttributes | SignedAttributes,
): readonly string[] {
  return [
    ATTRIBUTE.signingScheme,
    ...(attributes.signingScheme === 'notary.x509.signingAuthority'
      ? [ATTRIBUTE.authenticSigningTime]
      : []),
    ...(attributes.expiry === undefined ? [] : [ATTRIBUTE.expiry]),
  ]
}
