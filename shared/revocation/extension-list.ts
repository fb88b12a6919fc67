// Extensions of OCSP answers, CRLs and CRL entries, kept by object identifier, criticality and value.
// What they mean is left to their readers.

import { DER_TAG, type DerReader } from '../der.ts'
import type { Extension } from '../x509/extensions.ts'

/** Object identifiers of the extensions that are looked at (RFC 5280 §5.2, §5.3). */
export const EXTENSION = {
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  freshestCrl: '2.5.29.46',
} as const

/** Reads Extensions (RFC 5280 §4.1.2.9); one that stands twice is refused. */
export function readExtensionList(der: DerReader): readonly Extension[] {
  const extensions = der.each(DER_TAG.sequence, readExtension)
  if (new Set(extensions.map(({ oid }) => oid)).size < extensions.length)
    throw der.malformed('an extension stands twice')
  return extensions
}

/** The value of an extension, undefined where it is absent. */
export function extensionValue(
  extensions: readonly Extension[],
  oid: string,
): Uint8Array | undefined {
  return extensions.find((extension) => extension.oid === oid)?.value
}

function readExtension(der: DerReader): Extension {
  return der.inside(DER_TAG.sequence, readExtensionParts)
}

function readExtensionParts(der: DerReader): Extension {
  const oid = der.readObjectIdentifier()
  const critical = der.isNext(DER_TAG.boolean) && der.readBoolean()
  return { oid, critical, value: der.readOctetString() }
}
