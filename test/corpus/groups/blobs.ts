// Blobs with detached signatures: what the specification says of them, which v1.3.2 of the reference does
// not know.

import { createHash } from 'node:crypto'
import type { BuiltChain } from '../../support/certificates.ts'
import { makeCose, makeJws } from '../../support/envelopes.ts'
import type { BlobInput } from '../blob-case.ts'
import {
  cose,
  type Declared,
  jws,
  longChain,
  policy,
  refused,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'

const BLOB = Buffer.from('a blob')
const chain = longChain()
const larger = longChain({ length: 2, leaf: { key: 'P-384' } })
const MALFORMED = rejected('integrity', 'envelope-malformed')
const MISMATCH = rejected('integrity', 'artifact-mismatch')
const NO_STATEMENT = rejected('artifact')

type Changes = Partial<Omit<BlobInput, 'bundle'>> & { readonly statement?: object }

type Row = readonly [title: string, shown: string, changes: Changes, declared: Declared]

const good = jws(makeJws({ chain, payload: payloadOf('sha256') }))
const goodCose = cose(makeCose({ chain, payload: payloadOf('sha256') }))

const ROWS: readonly Row[] = [
  ['JWS', 'trust-store-trust-policy.md §Blob Trust Policy', {}, VERIFIED],
  ['COSE', 'trust-store-trust-policy.md §Blob Trust Policy', { signature: goodCose }, VERIFIED],
  ['JWS of no media type', 'row 22', { signature: { envelope: good.envelope } }, VERIFIED],
  ['COSE of no media type', 'row 22', { signature: { envelope: goodCose.envelope } }, VERIFIED],
  ['neither format, no media type', 'row 22', { signature: { envelope: 'AQID' } }, MALFORMED],
  [
    'the wrong media type',
    'row 22',
    { signature: { ...good, mediaType: 'application/cose' } },
    MALFORMED,
  ],
  [
    'digest of the hash of P-384',
    'signature-specification.md §Payload',
    signedBy(larger, 'sha384'),
    VERIFIED,
  ],
  [
    'digest of another hash than the key has',
    'signature-specification.md §Payload',
    signedBy(larger, 'sha256'),
    MISMATCH,
  ],
  [
    'another blob',
    'signature-specification.md §Payload',
    { blob: base64(Buffer.from('A blob')) },
    MISMATCH,
  ],
  [
    'a longer blob',
    'signature-specification.md §Payload',
    { blob: base64(Buffer.from('a blob ')) },
    MISMATCH,
  ],
  [
    'the media type asked for',
    'signature-specification.md §Payload',
    { blobMediaType: 'text/plain' },
    VERIFIED,
  ],
  [
    'another media type asked for',
    'signature-specification.md §Payload',
    { blobMediaType: 'text/html' },
    MISMATCH,
  ],
  [
    'statement by name',
    'trust-store-trust-policy.md §Blob Trust Policy',
    { policyName: 'p' },
    VERIFIED,
  ],
  [
    'no statement of that name',
    'trust-store-trust-policy.md §Blob Trust Policy',
    { policyName: 'q' },
    NO_STATEMENT,
  ],
  [
    'no global statement',
    'trust-store-trust-policy.md §Blob Trust Policy',
    { statement: { globalPolicy: false } },
    NO_STATEMENT,
  ],
  [
    'level skip for the global statement',
    'row 8',
    {
      statement: {
        signatureVerification: { level: 'skip' },
        trustStores: [],
        trustedIdentities: [],
      },
    },
    refused('policy-invalid'),
  ],
  [
    'metadata that was not signed',
    'trust-store-trust-policy.md §Steps',
    { userMetadata: { a: 'b' } },
    rejected('integrity', 'metadata-mismatch'),
  ],
]

/** Each blob case with what is declared of it. */
export function blobs(): readonly (BlobInput & { readonly declared: Declared })[] {
  const statement = {
    name: 'p',
    globalPolicy: true,
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['*'],
  }
  return ROWS.map(([title, shown, { statement: changed = {}, ...changes }, declared]) => ({
    title,
    shows: [shown],
    origin: 'builder',
    bundle: {
      trustPolicy: policy(),
      blobTrustPolicy: JSON.parse(
        JSON.stringify({ version: '1.0', trustPolicies: [{ ...statement, ...changed }] }),
      ),
      trustStores: { 'ca:acme': [rootOf(chain), rootOf(larger)] },
    },
    blob: base64(BLOB),
    signature: good,
    ...changes,
    declared,
  }))
}

function signedBy(by: BuiltChain, hash: string): Changes {
  return { signature: jws(makeJws({ chain: by, payload: payloadOf(hash) })) }
}

function payloadOf(hash: string): string {
  const digest = `${hash}:${createHash(hash).update(BLOB).digest('hex')}`
  return JSON.stringify({
    targetArtifact: { mediaType: 'text/plain', digest, size: BLOB.length },
  })
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64')
}
