// The local stack: the emulated Software Trust Manager, a registry, and the API between them, by default in
// one process. For trying things out: its credentials and trust roots are made at start.

import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunningEmulator, startEmulator } from '../emulator/start.ts'
import { startApiInProcess } from './api/in-process.ts'
import type { StartApi, StartedApi } from './api/start-api.ts'
import type { PushedManifest } from './registry/manifests.ts'
import { type RunningRegistry, startRegistry } from './registry/start.ts'

/** Names in the trust policy and the trust stores. */
export const TRUST_STORE = 'digicert-stm-emulator'
/** The repository that the printed trust policy speaks of. */
export const REPOSITORY = 'demo/app'
/** Images that are pushed here sign themselves, where the stack is told so. */
export const SELF_SIGNING_REPOSITORY = 'demo/auto'
/** What every seeded certificate's subject has: enough for a trusted identity (C, ST and O). */
const IDENTITY = 'x509.subject: C=US, ST=Utah, O=STM Emulator'

/** The source of the registry's events. */
const SOURCE = 'registry'

/** What a stack's CONFIG is written with. */
interface Secrets {
  readonly token: string
  /** Of the registry's events. */
  readonly secret: string
  readonly signsItself: boolean
}

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
 * @param signsItself - whether images pushed to SELF_SIGNING_REPOSITORY sign themselves: the registry tells the API of them
 */
export async function startStack(
  folder: string,
  ports: StackPorts,
  log: (line: string) => void,
  startApi: StartApi = startApiInProcess,
  signsItself = false,
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
  const secret = randomBytes(32).toString('base64url')
  let apiUrl: string | undefined
  const registry = await startRegistry({
    port: ports.registry,
    onPush: (pushed) => {
      if (signsItself && apiUrl !== undefined) void tellOfPush(apiUrl, secret, pushed, log)
    },
  })
  const token = randomBytes(32).toString('base64url')
  const files = {
    ...(await writeConfiguration(folder, emulator, registry, { token, secret, signsItself })),
    ...(signsItself ? await writeRules(folder, registry) : {}),
  }
  const environment = { ...emulator.environment, ...files, PORT: String(ports.api) }
  const api = await startApi({ environment, emulator }, log)
  apiUrl = api.url
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
        registryScopes: [REPOSITORY, SELF_SIGNING_REPOSITORY].map(
          (repository) => `${registryHost}/${repository}`,
        ),
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
  { token, secret, signsItself }: Secrets,
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
        permissions: ['describe-key', 'sign', 'verify', ...(signsItself ? ['jobs', 'sweep'] : [])],
        keys: ['*'],
        repositories: [REPOSITORY, SELF_SIGNING_REPOSITORY].map(
          (name) => `${registry.host}/${name}`,
        ),
      },
    ],
    // Public, so that the page at / needs no token.
    registries: [
      { host: registry.host, publicRepositories: [REPOSITORY, SELF_SIGNING_REPOSITORY] },
    ],
    insecureRegistries: [registry.host],
    ...(signsItself ? { sources: [sourceOf(registry, secret)] } : {}),
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

/** The registry of the stack, in the generic shape. */
function sourceOf({ host }: RunningRegistry, secret: string): object {
  return {
    name: SOURCE,
    type: 'generic',
    registry: host,
    repositories: [SELF_SIGNING_REPOSITORY],
    auth: { method: 'bearer', secret },
  }
}

async function writeRules(
  folder: string,
  { host }: RunningRegistry,
): Promise<{ SIGNING_RULES: string; QUEUE_DIR: string }> {
  const SIGNING_RULES = join(folder, 'signing-rules.json')
  const rule = {
    name: 'demo',
    repositories: [`${host}/${SELF_SIGNING_REPOSITORY}`],
    keyId: 'my-key',
    timestampAuthority: 'emulator',
  }
  await writeJson(SIGNING_RULES, { version: '1.0', rules: [rule] })
  return { SIGNING_RULES, QUEUE_DIR: join(folder, 'queue') }
}

/** As registries do that send no event twice: a sweep finds what was lost. */
async function tellOfPush(
  apiUrl: string,
  secret: string,
  pushed: PushedManifest,
  log: (line: string) => void,
): Promise<void> {
  const answer = await fetch(`${apiUrl}/v1/events/${SOURCE}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events: [pushed] }),
  }).catch((error: unknown) => error)
  if (answer instanceof Response && answer.status === 202) return
  const found = answer instanceof Response ? `answers ${answer.status}` : String(answer)
  log(`The registry cannot tell of a push: the API ${found}`)
}

/** None where a state folder's certificates name no responders. */
function revocationHosts({ revocationUrl }: RunningEmulator): readonly string[] {
  return revocationUrl === undefined ? [] : [new URL(revocationUrl).host]
}

function writeJson(file: string, document: object): Promise<void> {
  return writeFile(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 })
}
