// Levels, identities, stores, expiry, metadata, plugins and the six key specs, in both formats: the
// signatures of notation-core-go in test/vectors/verify.

import { readFileSync } from 'node:fs'
import type { Descriptor } from '../../../shared/descriptor.ts'
import type { CaseBundle } from '../corpus-case.ts'
import { type Declared, type Definition, rejected, VERIFIED } from '../definition.ts'

interface Vector {
  readonly name: string
  readonly bundle: CaseBundle
  readonly reference: string
  readonly descriptor: Descriptor
  readonly userMetadata?: Readonly<Record<string, string>>
  readonly mediaType: string
  readonly envelope: string | null
}

/** What is not verified, by name; all else is. */
const REJECTED: Readonly<Record<string, Declared>> = {
  'identity of another organization': rejected('authenticity', 'identity-mismatch'),
  'identity in other case': rejected('authenticity', 'identity-mismatch'),
  'identity of another kind': rejected('authenticity', 'identity-mismatch'),
  'leaf without ST': rejected('authenticity', 'identity-mismatch'),
  'leaf with two OUs': rejected('authenticity', 'identity-mismatch'),
  'leaf with an EV attribute': rejected('authenticity', 'identity-mismatch'),
  'store holds a foreign root': rejected('authenticity', 'chain-untrusted'),
  'store is missing': rejected('authenticity', 'trust-store-missing'),
  'signing authority store for a plain signature': rejected('authenticity', 'chain-untrusted'),
  'signing authority under a ca store': rejected('authenticity', 'chain-untrusted'),
  'expired signature': rejected('expiry', 'signature-expired'),
  'expired leaf': rejected('authenticTimestamp', 'certificate-not-valid'),
  'leaf that will be valid': rejected('authenticTimestamp', 'certificate-not-valid'),
  'no timestamp, with tsa store': rejected('authenticTimestamp', 'timestamp-missing'),
  'no timestamp, after expiry only, expired': rejected('authenticTimestamp', 'timestamp-missing'),
  'another digest': rejected('integrity', 'artifact-mismatch'),
  'another size': rejected('integrity', 'artifact-mismatch'),
  'another media type': rejected('integrity', 'artifact-mismatch'),
  'another digest under audit': rejected('integrity', 'artifact-mismatch'),
  'metadata with another value': rejected('integrity', 'metadata-mismatch'),
  'metadata that was not signed': rejected('integrity', 'metadata-mismatch'),
  'metadata under audit': rejected('integrity', 'metadata-mismatch'),
  'verification plugin': rejected('integrity', 'plugin-required'),
  'verification plugin under audit': rejected('integrity', 'plugin-required'),
  'unknown critical attribute': rejected('integrity', 'envelope-malformed'),
  'payload is another object': rejected('integrity', 'envelope-malformed'),
  'altered signature': rejected('integrity', 'signature-mismatch'),
  'altered signature under audit': rejected('integrity', 'signature-mismatch'),
  'truncated envelope': rejected('integrity', 'envelope-malformed'),
  'empty envelope': rejected('integrity', 'envelope-malformed'),
}

/** Titles' beginnings, and what they show. */
const SHOWS: readonly (readonly [start: string, shown: string])[] = [
  ['store holds the intermediate', 'row 19'],
  ['unknown critical', 'row 1'],
  ['identit', 'trust-store-trust-policy.md §Trusted Identities'],
  ['leaf with', 'trust-store-trust-policy.md §Trusted Identities'],
  ['store', 'trust-store-trust-policy.md §Trust Store'],
  ['signing authority', 'signing-scheme.md'],
  ['no timestamp', 'trust-store-trust-policy.md §Steps, "Validate Authentic Timestamp"'],
  ['level', 'trust-store-trust-policy.md §Signature Verification details'],
  ['RSA-', 'row 2'],
  ['EC-', 'row 2'],
]

/** The signatures of notation-core-go. */
export function checks(): readonly Definition[] {
  const url = new URL('../../vectors/verify/signatures.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: readonly Vector[] }
  return cases.map((vector) => {
    const { name, bundle, descriptor, userMetadata, mediaType, envelope } = vector
    const [title = '', format = ''] = name.split(/, application\/(?=cose$|jose)/)
    const start = SHOWS.find(([text]) => title.startsWith(text))
    return {
      group: format === 'cose' ? 'checks-cose' : 'checks-jws',
      title,
      shows: [start?.[1] ?? 'trust-store-trust-policy.md §Steps'],
      origin: 'notation-core-go v1.3.0',
      bundle,
      reference: vector.reference.replace(/@.*/, `@${descriptor.digest}`),
      descriptor,
      ...(userMetadata === undefined ? {} : { userMetadata }),
      signatures: [{ mediaType, envelope: envelope ?? '' }],
      declared: REJECTED[title] ?? VERIFIED,
      ...(title === 'unknown critical attribute'
        ? { difference: { row: 1, reason: 'signature-specification.md §Extended attributes' } }
        : {}),
    }
  })
}
