// Signatures that ask for a verification plugin which the reference finds installed: what it refuses of a plugin, what it
// makes of one's answers. Here no plugin is run, so that all of it comes to one rejection.

import type { JsonValue } from '../../../shared/json.ts'
import { makeJws } from '../../support/envelopes.ts'
import type { InstalledPlugins } from '../corpus-case.ts'
import {
  ARTIFACT,
  type DeclaredDifference,
  type Definition,
  jws,
  longChain,
  policy,
  rejected,
  rootOf,
} from '../definition.ts'

const SCHEME = 'io.cncf.notary.signingScheme'
const PLUGIN = 'io.cncf.notary.verificationPlugin'
const VERSION = 'io.cncf.notary.verificationPluginMinVersion'
const OWN = 'com.example.a'
const IDENTITY = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY'
const REVOCATION = 'SIGNATURE_VERIFIER.REVOCATION_CHECK'
const GOOD = { success: true, reason: 'as it should be' }
const NO_PLUGINS = { reason: 'verification plugins are not run here' }

const chain = longChain()

type Row = readonly [
  title: string,
  plugins: InstalledPlugins | null,
  difference?: DeclaredDifference,
]

const ROWS: readonly Row[] = [
  ['where the verifier knows of none', null],
  ['installed, that signs alone', vendor({ capability: 'SIGNATURE_GENERATOR.RAW' })],
  ['installed, whose version is none', vendor({ version: 'two' })],
  ['installed, of an earlier version', vendor({ version: '1.9.9' })],
  ['installed, that fails', vendor({})],
  [
    'installed, that leaves a critical attribute',
    vendor({ answer: { [IDENTITY]: GOOD }, processed: [] }),
  ],
  ['installed, that leaves its check', vendor({ answer: {} })],
  [
    'installed, that finds the identity not trusted',
    vendor({ answer: { [IDENTITY]: { success: false, reason: 'a stranger' } } }),
  ],
  [
    'installed, that finds a certificate revoked',
    vendor({
      capability: REVOCATION,
      answer: { [REVOCATION]: { success: false, reason: 'revoked' } },
    }),
  ],
  [
    'installed, that finds the identity trusted',
    vendor({ answer: { [IDENTITY]: GOOD } }),
    NO_PLUGINS,
  ],
]

/** One signature for the plugin of version 2.0.0 or later, and what is installed. */
export function installedPlugins(): readonly Definition[] {
  const header = { [PLUGIN]: 'vendor', [VERSION]: '2.0.0', [OWN]: 1 }
  const crit = [SCHEME, ...Object.keys(header)]
  return ROWS.map(([title, plugins, difference]) => ({
    group: 'attribute',
    title: `plugin, ${title}`,
    shows: ['plugin-extensibility.md §Verification Extensibility'],
    origin: 'builder',
    bundle: { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(chain)] }, plugins },
    ...ARTIFACT,
    signatures: [jws(makeJws({ chain, header: { crit, ...header } }))],
    declared: rejected('integrity', 'plugin-required'),
    ...(difference === undefined ? {} : { difference }),
  }))
}

/** A plugin that verifies identities, and to verify-signature has an answer or fails. */
function vendor({
  version = '2.0.0',
  capability = IDENTITY,
  answer,
  processed = [OWN],
}: {
  readonly version?: string
  readonly capability?: string
  readonly answer?: Readonly<Record<string, JsonValue>>
  readonly processed?: readonly string[]
}): InstalledPlugins {
  const metadata = {
    name: 'vendor',
    description: 'of a vendor',
    version,
    url: 'https://example.com',
    supportedContractVersions: ['1.0'],
    capabilities: [capability],
  }
  const verified = { verificationResults: answer ?? {}, processedAttributes: processed }
  return {
    vendor: {
      'get-plugin-metadata': metadata,
      ...(answer === undefined ? {} : { 'verify-signature': verified }),
    },
  }
}
