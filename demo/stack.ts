// The local stack: the emulated Software Trust Manager, a registry, and the API between them, by default in
// one process. For trying things out: its credentials and trust roots are made at start.

import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunningEmulator, startEmulator } from '../emulator/start.ts'
import { startApiInProcess } from './api/in-process.ts'
import type { StartApi, StartedApi } from './api/start-api.ts'
import { type RunningRegistry, startRegistry } from './registry/start.ts'

/** Names in the trust policy and the trust stores. */
export const TRUST_STORE = 'digicert-stm-emulator'
/** The repository that the printed trust policy speaks of. */
export const REPOSITORY = 'demo/app'
/** What every seeded certificate's subject has: enough for a trusted identity (C, ST and O). */
const IDENTITY = 'x509.subject: C=US, ST=Utah, O=STM Emulator'

/** Ports of the stack; 0 picks a free one. */
export interface StackPorts {
  readonly emulator: number
  readonly timestamp: number
  readonly control: number
  /** Undefined: that of the state folder, or its default. */
  readonly revocation: number | undefined
  readonly registry: number
  readonly api: number
}

/** Free ports, for a run that ends by itself. */
export const FREE_PORTS: StackPorts = {
  emulator: 0,
  timestamp: 0,
  control: 0,
  revocation: 0,
  registry: 0,
  api: 0,
}

/** Everything up. */
export interface Stack {
  /** Holds `stm/` (credentials and roots), `trust-bundle.json`, `trustpolicy.json` and `config.json`. */
  readonly folder: string
  readonly emulator: RunningEmulator
  readonly registry: RunningRegistry
  readonly api: StartedApi
  /** Bearer token of the one configured caller. */
  readonly token: string
  readonly trustPolicyFile: string
  /** Ends all, and what was made in memory is gone. */
  close(): Promise<void>
}

/**
 * Starts the stack.
 *
 * @param folder - an empty folder of the caller's, not readable by others
 * @param log - one line per request to the emulator, and one JSON line per decision of the API
 * @param startApi - in this process unless given
 */
export async function startStack(
  folder: string,
  ports: StackPorts,
  log: (line: string) => void,
  startApi: StartApi = startApiInProcess,
): Promise<Stack> {
  const stateDir = join(folder, 'stm')
  await mkdir(stateDir, { recursive: true })
  const emulator = await startEmulator({
    port: ports.emulator,
    tsaPort: ports.timestamp,
    controlPort: ports.control,
    revocation: true,
    ...(ports.revocation === undefined ? {} : { revocationPort: ports.revocation }),
    stateDir,
    log,
  })
  const registry = await startRegistry({ port: ports.registry })
  const token = randomBytes(32).toString('base64url')
  const files = await writeConfiguration(folder, emulator, registry, token)
  const environment = { ...emulator.environment, ...files, PORT: String(ports.api) }
  const api = await startApi({ environment, emulator }, log)
  return {
    folder,
    emulator,
    registry,
    api,
    token,
    trustPolicyFile: join(folder, 'trustpolicy.json'),
    async close() {
      await api.close()
      await registry.close()
      await emulator.close()
    },
  }
}

/** The trust policy that speaks of the stack's repository, as notation's trustpolicy.json has it. */
export function trustPolicyOf(registryHost: string): object {
  return {
    version: '1.0',
    trustPolicies: [
      {
        name: 'digicert-stm-emulator',
        registryScopes: [`${registryHost}/${REPOSITORY}`],
        signatureVerification: { level: 'strict' },
        trustStores: [`ca:${TRUST_STORE}`, `tsa:${TRUST_STORE}`],
        trustedIdentities: [IDENTITY],
      },
    ],
  }
}

async function writeConfiguration(
  folder: string,
  emulator: RunningEmulator,
  registry: RunningRegistry,
  token: string,
): Promise<{ TRUST_BUNDLE: string; CONFIG: string }> {
  const trustPolicy = trustPolicyOf(registry.host)
  const trustStores = {
    [`ca:${TRUST_STORE}`]: [emulator.signingRootPem],
    [`tsa:${TRUST_STORE}`]: [emulator.tsaRootPem],
  }
  const configuration = {
    callers: [
      {
        name: 'demo',
        tokenSha256: createHash('sha256').update(token).digest('hex'),
        permissions: ['describe-key', 'sign', 'verify'],
        keys: ['*'],
        repositories: [`${registry.host}/${REPOSITORY}`],
      },
    ],
    // Public, so that the page at / needs no token.
    registries: [{ host: registry.host, publicRepositories: [REPOSITORY] }],
    insecureRegistries: [registry.host],
    // On this machine, where nothing that a certificate names is asked unless it is listed.
    revocationHosts: revocationHosts(emulator),
    timestampAuthorities: [
      { name: 'emulator', url: emulator.tsaUrl, rootCertificates: [emulator.tsaRootPem] },
    ],
  }
  const TRUST_BUNDLE = join(folder, 'trust-bundle.json')
  const CONFIG = join(folder, 'config.json')
  await writeJson(TRUST_BUNDLE, { trustPolicy, trustStores })
  await writeJson(CONFIG, configuration)
  await writeJson(join(folder, 'trustpolicy.json'), trustPolicy)
  return { TRUST_BUNDLE, CONFIG }
}

/** None where a state folder's certificates name no responders. */
function revocationHosts({ revocationUrl }: RunningEmulator): readonly string[] {
  return revocationUrl === undefined ? [] : [new URL(revocationUrl).host]
}

function writeJson(file: string, document: object): Promise<void> {
  return writeFile(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 })
}
