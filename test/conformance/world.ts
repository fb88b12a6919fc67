// What the API of each runtime is given alike: an emulated Software Trust Manager, a registry, a trust
// bundle, callers.

import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningRegistry, startRegistry } from '../../demo/registry/start.ts'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { type FailingRegistry, startFailingRegistry } from './failing-registry.ts'

/** The one repository that is granted to callers. */
export const REPOSITORY = 'team/app'
/** Anyone may have its signatures verified. */
export const PUBLIC_REPOSITORY = 'public/app'
/** A registry that is configured and not there. */
export const NO_REGISTRY = '127.0.0.1:9'
/** Bearer tokens of the configured callers. */
export const TOKENS = {
  signer: 'token-of-the-signer',
  reader: 'token-of-the-reader',
  /** May use every key. */
  operator: 'token-of-the-operator',
} as const

/** All that a runtime needs to start the API. */
export interface World {
  readonly emulator: RunningEmulator
  readonly registry: RunningRegistry
  readonly failing: FailingRegistry
  readonly configuration: object
  readonly trustBundle: object
  /** PEM of a CA that the API's own requests trust besides the usual ones. */
  readonly extraCa?: string
  close(): Promise<void>
}

/** Starts what the API speaks to. */
export async function startWorld(): Promise<World> {
  const stateDir = await mkdtemp(join(tmpdir(), 'conformance-'))
  const emulator = await startEmulator({
    port: 0,
    tsaPort: 0,
    controlPort: 0,
    revocationPort: 0,
    stateDir,
  })
  const registry = await startRegistry({ port: 0 })
  const failing = await startFailingRegistry()
  return {
    emulator,
    registry,
    failing,
    configuration: configurationOf(emulator, registry.host, failing.host),
    trustBundle: trustBundleOf(emulator),
    async close() {
      await registry.close()
      await failing.close()
      await emulator.close()
      await rm(stateDir, { recursive: true })
    },
  }
}

function configurationOf(emulator: RunningEmulator, host: string, failing: string): object {
  const caller = (name: keyof typeof TOKENS, permissions: readonly string[]) => ({
    name,
    tokenSha256: createHash('sha256').update(TOKENS[name]).digest('hex'),
    permissions,
    keys: ['my-key'],
    repositories: [`${host}/${REPOSITORY}`],
  })
  return {
    callers: [
      caller('signer', ['describe-key', 'generate-signature', 'sign', 'verify', 'jobs', 'sweep']),
      caller('reader', ['verify']),
      {
        ...caller('operator', ['describe-key', 'sign', 'verify']),
        keys: ['*'],
        repositories: ['*'],
      },
    ],
    registries: [
      { host, publicRepositories: [PUBLIC_REPOSITORY] },
      { host: failing },
      { host: NO_REGISTRY },
    ],
    insecureRegistries: [host, failing, NO_REGISTRY],
    revocationHosts: [new URL(emulator.revocationUrl ?? '').host],
    timestampAuthorities: [
      { name: 'emulator', url: emulator.tsaUrl, rootCertificates: [emulator.tsaRootPem] },
    ],
  }
}

function trustBundleOf(emulator: RunningEmulator): object {
  return {
    trustPolicy: {
      version: '1.0',
      trustPolicies: [
        {
          name: 'conformance',
          registryScopes: ['*'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:stm', 'tsa:stm'],
          trustedIdentities: ['x509.subject: C=US, ST=Utah, O=STM Emulator'],
        },
      ],
    },
    trustStores: { 'ca:stm': [emulator.signingRootPem], 'tsa:stm': [emulator.tsaRootPem] },
  }
}
