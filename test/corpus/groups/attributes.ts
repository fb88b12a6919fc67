// Attributes that name verification plugins, user metadata and what else was signed, the RSASSA-PSS salt,
// and where COSE keeps certificates.

import { type CoseMember, changed, member } from '../../support/cose-changes.ts'
import { makeCose, makeJws, signMessage, TARGET_ARTIFACT } from '../../support/envelopes.ts'
import { rawArray, rawBytes } from '../../support/raw-cbor.ts'
import type { CaseSignature } from '../corpus-case.ts'
import {
  ARTIFACT,
  cose,
  type Declared,
  type DeclaredDifference,
  type Definition,
  jws,
  longChain,
  policy,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'

const SCHEME = 'io.cncf.notary.signingScheme'
const PLUGIN = 'io.cncf.notary.verificationPlugin'
const VERSION = 'io.cncf.notary.verificationPluginMinVersion'

const chain = longChain()
const rsaChain = longChain({ length: 2, leaf: { key: 'rsa-2048' } })
const REQUIRED = rejected('integrity', 'plugin-required')
const MALFORMED = rejected('integrity', 'envelope-malformed')
const UNKNOWN = { row: 1, reason: 'signature-specification.md §Extended attributes' }

interface Case {
  readonly title: string
  readonly shows: string
  readonly signature: CaseSignature
  readonly declared: Declared
  readonly isRsa?: boolean
  readonly userMetadata?: Readonly<Record<string, string>>
  readonly difference?: DeclaredDifference
}

/** Attributes that a plugin would have to process. */
export function attributes(): readonly Definition[] {
  return [...plugins(), ...metadata(), ...salts(), ...certificatePlaces()].map(
    ({ title, shows, signature, declared, isRsa = false, userMetadata, difference }) => ({
      group: 'attribute',
      title,
      shows: [shows],
      origin: 'builder',
      bundle: {
        trustPolicy: policy(),
        trustStores: { 'ca:acme': [rootOf(isRsa ? rsaChain : chain)] },
      },
      ...ARTIFACT,
      ...(userMetadata === undefined ? {} : { userMetadata }),
      signatures: [signature],
      declared,
      ...(difference === undefined ? {} : { difference }),
    }),
  )
}

type PluginRow = readonly [
  title: string,
  header: Readonly<Record<string, unknown>>,
  declared: Declared,
  difference?: DeclaredDifference,
]

const PLUGINS: readonly PluginRow[] = [
  ['plugin', { [PLUGIN]: 'vendor' }, REQUIRED],
  ['plugin with a version', { [PLUGIN]: 'vendor', [VERSION]: '1.0.0' }, REQUIRED],
  ['plugin and an attribute of its own', { [PLUGIN]: 'vendor', 'com.example.a': 1 }, REQUIRED],
  ['plugin, not critical', { [PLUGIN]: 'vendor', crit: [SCHEME] }, MALFORMED],
  ['plugin of no text', { [PLUGIN]: 1 }, MALFORMED],
  ['plugin that is empty', { [PLUGIN]: '' }, MALFORMED],
  ['plugin that is blank', { [PLUGIN]: ' \t' }, MALFORMED],
  [
    'plugin version, not critical',
    { [PLUGIN]: 'vendor', [VERSION]: '1.0.0', crit: [SCHEME, PLUGIN] },
    MALFORMED,
  ],
  ['plugin version of no text', { [PLUGIN]: 'vendor', [VERSION]: 1 }, MALFORMED],
  ['plugin version that is none', { [PLUGIN]: 'vendor', [VERSION]: '1.0' }, MALFORMED],
  ['plugin version without plugin', { [VERSION]: '1.0.0' }, VERIFIED],
  ['critical attribute without plugin', { 'com.example.a': 1 }, MALFORMED, UNKNOWN],
  ['attribute that is not critical', { 'com.example.a': 1, crit: [SCHEME] }, VERIFIED],
]

function plugins(): readonly Case[] {
  return PLUGINS.map(([title, header, declared, difference]) => ({
    title,
    shows: difference === undefined ? 'signature-specification.md §Extended attributes' : 'row 1',
    signature: jws(
      makeJws({ chain, header: { crit: [SCHEME, ...Object.keys(header)], ...header } }),
    ),
    declared,
    ...(difference === undefined ? {} : { difference }),
  }))
}

function metadata(): readonly Case[] {
  const annotations = { build: '42', team: 'blue' }
  const signature = signing({ ...TARGET_ARTIFACT, annotations })
  const asked = (
    title: string,
    userMetadata: Readonly<Record<string, string>>,
    declared: Declared,
  ) => ({
    title: `metadata: ${title}`,
    shows: 'trust-store-trust-policy.md §Steps',
    signature,
    userMetadata,
    declared,
  })
  const other = rejected('integrity', 'metadata-mismatch')
  return [
    asked('none asked for', {}, VERIFIED),
    asked('one of two', { build: '42' }, VERIFIED),
    asked('both', annotations, VERIFIED),
    asked('another value', { build: '43' }, other),
    asked('one right, one not signed', { build: '42', stage: 'x' }, other),
    asked('a name in another case', { Build: '42' }, other),
    asked('an empty value', { build: '' }, other),
    {
      title: 'artifact type of what was signed',
      shows: 'row 21',
      signature: signing({ ...TARGET_ARTIFACT, artifactType: 'application/vnd.example' }),
      declared: VERIFIED,
    },
  ]
}

function signing(targetArtifact: object): CaseSignature {
  return jws(makeJws({ chain, payload: JSON.stringify({ targetArtifact }) }))
}

function salts(): readonly Case[] {
  const difference = { row: 23, reason: 'an RSASSA-PSS salt of another length than the hash' }
  const mismatch = rejected('integrity', 'signature-mismatch')
  const withSalt = (bytes: number) => ({
    chain: rsaChain,
    sign: (message: Uint8Array) => signMessage(rsaChain, message, bytes),
  })
  const lengths = [0, 20, 31, 33, 222]
  return [
    ...lengths.map((bytes) => ({
      title: `JWS, salt of ${bytes} bytes`,
      shows: 'row 23',
      signature: jws(makeJws(withSalt(bytes))),
      isRsa: true,
      declared: mismatch,
      difference,
    })),
    ...lengths.map((bytes) => ({
      title: `COSE, salt of ${bytes} bytes`,
      shows: 'row 23',
      signature: cose(makeCose(withSalt(bytes))),
      isRsa: true,
      declared: mismatch,
    })),
  ]
}

function certificatePlaces(): readonly Case[] {
  const bare = member(33, rawBytes(chain.certificates[0] ?? new Uint8Array()))
  const all = member(33, rawArray(...chain.certificates.map(rawBytes)))
  const withoutChain = (members: readonly CoseMember[]) => members.slice(1)
  return [
    {
      title: 'COSE, a certificate that stands alone',
      shows: 'row 10',
      signature: cose(
        makeCose({ chain, unprotected: (members) => [bare, ...withoutChain(members)] }),
      ),
      declared: MALFORMED,
    },
    {
      title: 'COSE, certificates in the protected header',
      shows: 'row 10',
      signature: cose(makeCose({ chain, header: changed({}, all), unprotected: withoutChain })),
      declared: MALFORMED,
    },
  ]
}
