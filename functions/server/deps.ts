// Binds what the application needs to a server process: files, network, clock, log. What Node and Deno do
// each in its own way comes in as a Runtime, and what outlives a reload as Lasting.

import { readFile } from 'node:fs/promises'
import type { Crypto } from '../../shared/crypto.ts'
import { NotationError } from '../../shared/errors.ts'
import { assembleTrustBundle } from '../../shared/policy/notation-folder.ts'
import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import type { StmSettings } from '../../shared/stm/settings.ts'
import type { StmTransport } from '../../shared/stm/transport.ts'
import { type Configuration, EMPTY_CONFIGURATION, parseConfiguration } from '../configuration.ts'
import type { Deps } from '../deps.ts'
import { countStmRequests } from '../metrics/count-stm-requests.ts'
import { bindRevocation } from '../revocation.ts'
import { parseSigningRules, type RulesContext } from '../rules/parse-signing-rules.ts'
import type { SigningRules } from '../rules/signing-rule.ts'
import type { Signing } from '../signing/signing.ts'
import { readTrustBundle, readTrusted } from '../trust-source.ts'
import { readDockerConfiguration } from './docker-configuration.ts'
import type { Lasting } from './lasting.ts'
import { readInsecureRegistries, readNotationFolder } from './notation-configuration.ts'
import { createRevocationFetch } from './revocation-fetch.ts'
import type { Settings } from './settings.ts'
import { traceRevocation, traceStm } from './traces/traced-calls.ts'

/** What the application needs, with connections to end. */
export interface ServerDeps extends Deps {
  readonly close: () => Promise<void>
}

/**
 * Reads every file that the settings name and opens what they need: one generation, which a reload replaces.
 *
 * @throws {NotationError} `configuration-invalid` | `policy-invalid` | `trust-store-invalid` | `credential-invalid`,
 *   naming the setting or the file
 */
export async function createServerDeps(
  settings: Settings,
  { runtime, crlCache, metrics, traces, deps: lasting }: Lasting,
  signing: Omit<Signing, 'rules'> | undefined,
): Promise<ServerDeps> {
  const { crypto, now } = lasting
  const configuration = await readConfiguration(settings)
  const trustBundle = await findTrustBundle(settings, crypto)
  const rules = await readRules(settings, { ...configuration, trustBundle })
  const findCredentials = await readDockerConfiguration(settings.dockerConfigurationFile)
  const { proxy } = settings
  const stm = settings.readStm()
  refuseUnsignable({ ...settings, stm }, configuration, rules)
  const observe = (transport: StmTransport): StmTransport =>
    countStmRequests(traceStm(transport, traces), metrics)
  const connection =
    stm === undefined
      ? undefined
      : runtime.connectStm(stm, { options: configuration.stm, proxy, now, observe })
  const revocation = createRevocationFetch(configuration.revocationHosts)
  return {
    ...lasting,
    metrics,
    configuration,
    trustBundle,
    ...(signing === undefined ? {} : { signing: { ...signing, rules: rules ?? NO_RULES } }),
    createSigner: connection?.createSigner,
    reachSigner: connection?.reachSigner,
    readinessCache: {},
    findCredentials,
    createRevocationChecker: bindRevocation({
      fetch: traceRevocation(revocation.fetch, traces),
      hostPolicy: configuration.revocationHosts,
      crlCache,
      crypto,
      now,
    }),
    close: async () => {
      revocation.close()
      await connection?.close()
    },
  }
}

async function readConfiguration({
  configurationFile: file,
  notationFolder,
}: Settings): Promise<Configuration> {
  if (file === undefined) return EMPTY_CONFIGURATION
  const document = await readSetting('CONFIG', file)
  return parseConfiguration(document, await readInsecureRegistries(notationFolder))
}

const NO_RULES: SigningRules = { rules: [] }

async function readRules(
  { queue: { rulesFile } }: Settings,
  context: RulesContext,
): Promise<SigningRules | undefined> {
  if (rulesFile === undefined) return undefined
  return parseSigningRules(await readSetting('SIGNING_RULES', rulesFile), context)
}

/** Rules and events that nobody could act upon would be lost without a word. */
function refuseUnsignable(
  { queue, stm }: Pick<Settings, 'queue'> & { readonly stm: StmSettings | undefined },
  { sources }: Configuration,
  rules: SigningRules | undefined,
): void {
  if (rules === undefined && sources.size === 0) return
  const missing = [
    { what: 'rules', isMissing: rules === undefined, remedy: 'set SIGNING_RULES' },
    {
      what: 'queue',
      isMissing: queue.place === undefined,
      remedy: 'set QUEUE_DIR to a folder of this process alone, or QUEUE_URL to a PostgreSQL',
    },
    {
      what: 'Software Trust Manager',
      isMissing: stm === undefined,
      remedy: 'set SM_HOST, SM_API_KEY, SM_CLIENT_CERT_FILE and SM_CLIENT_CERT_PASSWORD',
    },
  ].find(({ isMissing }) => isMissing)
  if (missing === undefined) return
  const wish = rules === undefined ? 'CONFIG setting "sources" is set' : 'SIGNING_RULES is set'
  throw new NotationError(
    'configuration-invalid',
    `Cannot start: ${wish}, and no ${missing.what}; ${missing.remedy}`,
  )
}

/** The file TRUST_BUNDLE, or what notation itself would trust for this user. */
async function findTrustBundle(
  { trustBundleFile, notationFolder }: Settings,
  crypto: Crypto,
): Promise<TrustBundle | undefined> {
  if (trustBundleFile !== undefined) {
    const document = await readSetting('TRUST_BUNDLE', trustBundleFile)
    return readTrustBundle('the file that TRUST_BUNDLE names', document, crypto)
  }
  const place = `notation's configuration in ${JSON.stringify(notationFolder)}`
  return readTrusted(place, async () => {
    const files = await readNotationFolder(notationFolder)
    return files === undefined ? undefined : parseTrustBundle(assembleTrustBundle(files), crypto)
  })
}

async function readSetting(setting: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new NotationError(
      'configuration-invalid',
      `Cannot read the file ${JSON.stringify(file)} that ${setting} names: ${reason}`,
      { cause },
    )
  }
}
