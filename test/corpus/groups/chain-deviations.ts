// Certificate chains, good ones and ones that break one rule: what deviates, and for which of the two
// purposes the chain is good all the same. Signatures and tokens over them are made elsewhere.

import { encodeNull } from '../../../shared/der-encode.ts'
import { PURPOSE } from '../../../shared/x509/extensions.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import { type BuiltChain, type ChainOptions, flipBit } from '../../support/certificates.ts'
import type { DeclaredDifference } from '../definition.ts'

/** The purposes for which a chain is good. */
export type GoodFor = 'both' | 'codeSigning' | 'timestamping' | 'neither'

/** A chain that is to be made. */
export interface ChainDeviation {
  readonly title: string
  readonly goodFor: GoodFor
  readonly options: ChainOptions
  /** What is done to the certificates once they are made. */
  readonly change?: (chain: BuiltChain['certificates']) => BuiltChain['certificates']
  /** Why we refuse what the reference accepts. */
  readonly difference?: DeclaredDifference
}

type Row = readonly [
  title: string,
  goodFor: GoodFor,
  options?: ChainOptions,
  more?: Pick<ChainDeviation, 'change' | 'difference'>,
]

const ALL_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const
const WEAK_CA = { row: 24, reason: 'an RSA CA of less than 2048 bits' }
const CURVE_OF_CA = { row: 25, reason: 'a CA key of a kind that nobody uses' }
const SHA_1 = { reason: 'a certificate that is signed with SHA-1' }
const flipped = (place: number) => (chain: BuiltChain['certificates']) =>
  chain.map((der, index) => (index === place ? flipBit(der, -1) : der))

const LENGTHS: readonly Row[] = [
  ['two certificates', 'both', { length: 2 }],
  ['three certificates', 'both', { length: 3 }],
  ['four certificates', 'both', { length: 4 }],
  ['five certificates', 'both', { length: 5 }],
  ['self-signed leaf', 'codeSigning', { length: 1 }],
  [
    'self-signed leaf that is a CA',
    'neither',
    { length: 1, leaf: { basicConstraints: { ca: true } } },
  ],
  [
    'self-signed leaf under another name',
    'neither',
    { length: 1, leaf: { issuerName: [['CN', 'Other, "Inc."']] } },
  ],
  ['self-signed leaf, signature broken', 'neither', { length: 1 }, { change: flipped(0) }],
  ['root missing', 'neither', {}, { change: (chain) => chain.slice(0, -1) }],
  ['leaf alone', 'neither', {}, { change: (chain) => chain.slice(0, 1) }],
  ['reversed', 'neither', {}, { change: (chain) => chain.toReversed() }],
  ['root twice', 'neither', {}, { change: (chain) => [...chain, ...chain.slice(-1)] }],
  ['leaf twice', 'neither', {}, { change: (chain) => [...chain.slice(0, 1), ...chain] }],
  ['intermediate missing', 'neither', { length: 4 }, { change: (chain) => chain.toSpliced(1, 1) }],
  ['leaf signature broken', 'neither', {}, { change: flipped(0) }],
  ['intermediate signature broken', 'neither', {}, { change: flipped(1) }],
  ['root signature broken', 'neither', {}, { change: flipped(2) }],
  ['leaf issued under another name', 'neither', { leaf: { issuerName: [['CN', 'Someone else']] } }],
  ['root issued under another name', 'neither', { root: { issuerName: [['CN', 'Someone else']] } }],
]

const LEAVES: readonly Row[] = [
  ['key usage absent', 'neither', { leaf: { keyUsage: null } }],
  ['key usage not critical', 'timestamping', { leaf: { keyUsageCritical: false } }],
  ['key usage without digitalSignature', 'neither', { leaf: { keyUsage: ['nonRepudiation'] } }],
  ['key usage empty', 'neither', { leaf: { keyUsage: [] } }],
  [
    'key usage with nonRepudiation',
    'both',
    { leaf: { keyUsage: ['digitalSignature', 'nonRepudiation'] } },
  ],
  ['key usage with all bits', 'neither', { leaf: { keyUsage: ALL_USAGES } }],
  ...ALL_USAGES.slice(2).map(
    (usage): Row => [
      `key usage with ${usage}`,
      'neither',
      { leaf: { keyUsage: ['digitalSignature', usage] } },
    ],
  ),
  ['leaf is a CA', 'neither', { leaf: { basicConstraints: { ca: true } } }],
  ['leaf says it is no CA', 'both', { leaf: { basicConstraints: { ca: false } } }],
  [
    'two purposes',
    'neither',
    { leaf: { extendedKeyUsage: [PURPOSE.codeSigning, PURPOSE.timeStamping] } },
  ],
  ['unknown purpose', 'codeSigning', { leaf: { extendedKeyUsage: ['1.2.3.4'] } }],
  ['no extended key usage', 'codeSigning', { leaf: { extendedKeyUsage: null } }],
  ['extended key usage critical', 'both', { leaf: { extendedKeyUsageCritical: true } }],
  ['extended key usage not critical', 'codeSigning', { leaf: { extendedKeyUsageCritical: false } }],
  [
    'purpose codeSigning alone',
    'codeSigning',
    { leaf: { extendedKeyUsage: [PURPOSE.codeSigning] } },
  ],
  [
    'purpose timeStamping alone',
    'timestamping',
    { leaf: { extendedKeyUsage: [PURPOSE.timeStamping] } },
  ],
  ...(['serverAuth', 'clientAuth', 'emailProtection', 'ocspSigning'] as const).map(
    (purpose): Row => [
      `purpose ${purpose} alone`,
      'neither',
      { leaf: { extendedKeyUsage: [PURPOSE[purpose]] } },
    ],
  ),
  ['version 1 leaf', 'neither', { leaf: { version: 1 } }],
]

const AUTHORITIES: readonly Row[] = [
  ['CA without basic constraints', 'neither', { intermediate: { basicConstraints: null } }],
  ['CA that says it is none', 'neither', { intermediate: { basicConstraints: { ca: false } } }],
  [
    'CA with basic constraints not critical',
    'both',
    { intermediate: { basicConstraints: { ca: true, critical: false } } },
  ],
  [
    'root path length too short',
    'neither',
    { length: 4, root: { basicConstraints: { ca: true, pathLength: 1 } } },
  ],
  [
    'root path length enough',
    'both',
    { length: 4, root: { basicConstraints: { ca: true, pathLength: 2 } } },
  ],
  ['CA without key usage', 'neither', { intermediate: { keyUsage: null } }],
  ['CA key usage not critical', 'timestamping', { intermediate: { keyUsageCritical: false } }],
  ['root without key usage', 'neither', { root: { keyUsage: null } }],
  ['root key usage not critical', 'timestamping', { root: { keyUsageCritical: false } }],
  ['CA without keyCertSign', 'neither', { intermediate: { keyUsage: ['cRLSign'] } }],
  ['CA with empty key usage', 'neither', { intermediate: { keyUsage: [] } }],
  ['root with empty key usage', 'neither', { root: { keyUsage: [] } }],
  ['version 1 root', 'neither', { root: { version: 1 } }],
  ['RSA root', 'both', { root: { key: 'rsa-2048-ca' } }],
  ...(['SHA-384', 'SHA-512', 'PSS-SHA-256', 'PSS-SHA-384', 'PSS-SHA-512'] as const).map(
    (signature): Row => [
      `RSA root signing with ${signature}`,
      'both',
      { length: 2, root: { key: 'rsa-2048-ca' }, leaf: { signature } },
    ],
  ),
  ...(['P-384', 'P-521', 'Ed25519'] as const).map(
    (key): Row => [`${key} root`, 'both', { length: 2, root: { key } }],
  ),
  [
    'SHA-1 under an RSA root',
    'neither',
    { length: 2, root: { key: 'rsa-2048-ca', signature: 'SHA-256' }, leaf: { signature: 'SHA-1' } },
  ],
  ['SHA-1 under an EC root', 'neither', { length: 2, leaf: { signature: 'SHA-1' } }],
  ['SHA-1 root', 'neither', { length: 2, root: { key: 'rsa-2048-ca', signature: 'SHA-1' } }],
  [
    'RSA CA of 1024 bits',
    'neither',
    { length: 2, root: { key: 'rsa-1024' } },
    { difference: WEAK_CA },
  ],
  [
    'RSA CA of 2047 bits',
    'neither',
    { length: 2, root: { key: 'rsa-2047' } },
    { difference: WEAK_CA },
  ],
  ['P-224 CA', 'neither', { length: 2, root: { key: 'P-224' } }, { difference: CURVE_OF_CA }],
  [
    'same subject as the issuer, other key',
    'both',
    { length: 2, leaf: { subject: [['CN', 'Same']] }, root: { subject: [['CN', 'Same']] } },
  ],
]

/** Deviations that have a meaning for both purposes. */
export const CHAIN_DEVIATIONS: readonly ChainDeviation[] = deviations([
  ...LENGTHS,
  ...LEAVES,
  ...AUTHORITIES,
])

/** Deviations of signing chains. */
export const SIGNING_CHAIN_DEVIATIONS: readonly ChainDeviation[] = deviations([
  [
    'purpose any alone',
    'neither',
    { leaf: { extendedKeyUsage: [PURPOSE.any] } },
    { difference: { row: 3, reason: 'a signing leaf for any purpose' } },
  ],
  [
    'SHA-1 self-signed leaf',
    'neither',
    { length: 1, leaf: { key: 'rsa-2048', signature: 'SHA-1' } },
    { difference: SHA_1 },
  ],
  [
    'unknown critical extension',
    'codeSigning',
    { leaf: { extraExtensions: [encodeExtension('1.2.3.4', encodeNull(), true)] } },
  ],
  ...(['P-256', 'P-384', 'P-521', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const).map(
    (key): Row => [`${key} leaf`, 'codeSigning', { leaf: { key } }],
  ),
])

function deviations(rows: readonly Row[]): readonly ChainDeviation[] {
  return rows.map(([title, goodFor, options = {}, more = {}]) => ({
    title,
    goodFor,
    options,
    ...more,
  }))
}
