// Signing by rules in this process: an in-memory registry, a local key, a clock that the test moves, and the
// engine in memory.

import { createHash } from 'node:crypto'
import { type PushedImage, pushImage } from '../../demo/image.ts'
import { createRegistryApp } from '../../demo/registry/app.ts'
import type { AuditEntry } from '../../functions/audit.ts'
import { parseConfiguration } from '../../functions/configuration.ts'
import type { Deps } from '../../functions/deps.ts'
import { createGlobMatcher } from '../../functions/glob.ts'
import type { Metrics } from '../../functions/metrics/metrics.ts'
import { bindRevocation } from '../../functions/revocation.ts'
import type { SigningRule, SigningRules } from '../../functions/rules/signing-rule.ts'
import { createSigningHandlers } from '../../functions/signing/create-handlers.ts'
import { createSigningMemory } from '../../functions/signing/signing-world.ts'
import type { ProfileRequest } from '../../functions/signing/subject-state.ts'
import type { Look } from '../../functions/signing/task.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createCrlCache } from '../../shared/revocation/crl-cache.ts'
import { createHostPolicy } from '../../shared/revocation/host-policy.ts'
import type { Signer } from '../../shared/signer.ts'
import { createChainCache } from '../../shared/x509/chain-cache.ts'
import { REGISTRY, REPOSITORY, TOKEN, trustBundle } from './api.ts'
import { AT, type BuiltChain, buildChain } from './certificates.ts'
import { localSigner } from './local-signer.ts'
import { createMemoryEngine, type MemoryEngine } from './memory-engine.ts'
import { nodeCrypto } from './node-crypto.ts'

/** A rule that signs every image of the repository. */
export const RULE = { name: 'all', repositories: [`${REGISTRY}/${REPOSITORY}`], keyId: 'my-key' }

/** A rule as tests write it: the members of its profile beside its own. */
export interface WrittenRule
  extends Partial<Omit<SigningRule, 'profile'>>,
    Partial<ProfileRequest> {
  readonly name: string
  readonly tags?: readonly string[]
}

function makeRules(written: readonly WrittenRule[]): SigningRules {
  return {
    rules: written.map(({ tags = ['**'], repositories = ['**'], ...rule }) => ({
      matchesRepository: createGlobMatcher(repositories),
      repositories,
      excludesRepository: () => false,
      matchesTag: createGlobMatcher(tags),
      excludesTag: () => false,
      untagged: false,
      artifactTypes: undefined,
      sign: 'both',
      requiredStatement: undefined,
      maxSignaturesPerDay: undefined,
      profile: {
        keyId: rule.keyId ?? 'my-key',
        signatureMediaType: rule.signatureMediaType ?? 'application/jose+json',
        ...(rule.timestampAuthority === undefined
          ? {}
          : { timestampAuthority: rule.timestampAuthority }),
        ...(rule.expirySeconds === undefined ? {} : { expirySeconds: rule.expirySeconds }),
        ...(rule.userMetadata === undefined ? {} : { userMetadata: rule.userMetadata }),
      },
      ...rule,
    })),
  }
}

/** A manifest as another client writes it. */
interface Manifest extends Readonly<Record<string, unknown>> {
  readonly mediaType: string
}

/** The service, and what it did. */
export interface SigningService {
  readonly engine: MemoryEngine
  readonly deps: Deps
  readonly rules: () => SigningRules
  readonly audit: readonly AuditEntry[]
  /** Requests to the registry and the timestamp authority, `GET /v2/…`. */
  readonly asked: string[]
  /** Messages that were signed. */
  readonly signed: readonly Uint8Array[]
  /** How often a signature was asked for, whether or not one came. */
  readonly signRequests: () => number
  readonly push: (tag?: string) => Promise<PushedImage>
  /** A look as an event causes it. */
  readonly lookAt: (image: Pick<PushedImage, 'digest'>, changes?: Partial<Look>) => Look
  /** Enqueues looks and performs everything. */
  readonly look: (...looks: readonly Look[]) => Promise<void>
  /** Manifest digests that the registry lists as signatures of an image. */
  readonly signaturesOf: (image: Pick<PushedImage, 'digest'>) => Promise<readonly string[]>
  /** State by state of the profiles of an image. */
  readonly statesOf: (image: Pick<PushedImage, 'digest'>) => readonly object[]
  setRules(...rules: readonly WrittenRule[]): void
  /** Puts a manifest under a tag, as another client does. */
  readonly put: (tag: string, manifest: Manifest) => Promise<void>
  /** Reaches the registry and nothing is intercepted. */
  readonly fetchOfClients: typeof fetch
  setNow(now: Date): void
  setChain(built: BuiltChain): void
  /** Answers in place of registry and timestamp authority where it gives a response, or throws. */
  intercept:
    | ((request: Request) => Promise<Response | undefined> | Response | undefined)
    | undefined
  /** Called before each signature; what it throws, signing throws. */
  beforeSigning: (() => void | Promise<void>) | undefined
  /** Called before a key is described; what it throws, describing throws. */
  beforeDescribing: ((keyId: string) => void) | undefined
}

/** Creates the service. */
export async function createSigningService(
  options: {
    readonly rules?: readonly WrittenRule[]
    readonly settings?: object
    readonly referrersApi?: boolean
    readonly level?: string
    readonly metrics?: Metrics
  } = {},
): Promise<SigningService> {
  const { referrersApi = true, level = 'strict' } = options
  let built = buildChain()
  let now = AT
  let rules: SigningRules
  const registry = createRegistryApp({ referrersApi })
  const audit: AuditEntry[] = []
  const asked: string[] = []
  const signed: Uint8Array[] = []
  let signRequests = 0
  const fetchOfService = (async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    asked.push(`${request.method} ${pathname}`)
    return (await service.intercept?.(request)) ?? registry.fetch(request)
  }) as typeof fetch
  const fetchOfClients = (async (input: RequestInfo | URL, init?: RequestInit) =>
    registry.fetch(new Request(input, init))) as typeof fetch
  const configuration = parseConfiguration(
    new TextEncoder().encode(
      JSON.stringify({
        registries: [{ host: REGISTRY }],
        callers: [
          {
            name: 'ci',
            tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
            permissions: ['sign', 'verify'],
            keys: ['*'],
            repositories: ['*'],
          },
        ],
        ...options.settings,
      }),
    ),
  )
  const bundle = await parseTrustBundle(trustBundle(built, level), nodeCrypto)
  const signer = (): Signer => ({
    describeKey(keyId) {
      service.beforeDescribing?.(keyId)
      return localSigner(built).describeKey(keyId)
    },
    async signMessage(keyId, message) {
      signRequests += 1
      await service.beforeSigning?.()
      signed.push(message)
      return localSigner(built).signMessage(keyId, message)
    },
  })
  rules = makeRules(options.rules ?? [RULE])
  const deps: Deps = {
    configuration,
    trustBundle: bundle,
    createSigner: signer,
    chains: createChainCache(),
    reachSigner: async () => ({ status: 404 }),
    readinessCache: {},
    findCredentials: async () => undefined,
    createRevocationChecker: bindRevocation({
      fetch: () => Promise.reject(new Error('there is no revocation server')),
      hostPolicy: createHostPolicy(),
      crlCache: createCrlCache(),
      crypto: nodeCrypto,
      now: () => now,
    }),
    fetch: fetchOfService,
    issuerKeyCache: new Map(),
    crypto: nodeCrypto,
    now: () => now,
    audit: (entry) => audit.push(entry),
    listensOnLoopback: true,
    metrics: options.metrics,
  }
  const memory = createSigningMemory()
  const engine = createMemoryEngine(
    createSigningHandlers({
      readDeps: () => deps,
      readRules: () => rules,
      memory,
    }),
  )
  const service: SigningService = {
    engine,
    deps,
    rules: () => rules,
    audit,
    asked,
    signed,
    signRequests: () => signRequests,
    push: (tag = 'v1') => pushImage(REGISTRY, REPOSITORY, tag, fetchOfClients),
    lookAt: ({ digest }, changes = { tag: 'v1' }) => ({
      kind: 'look',
      registry: REGISTRY,
      repository: REPOSITORY,
      digest,
      reason: 'event',
      heardAt: AT.toISOString(),
      ...changes,
    }),
    async look(...looks) {
      await engine.enqueue(looks.map((task) => ({ task })))
      await engine.run()
    },
    async signaturesOf({ digest }) {
      const url = `http://${REGISTRY}/v2/${REPOSITORY}/referrers/${digest}`
      const tag = `http://${REGISTRY}/v2/${REPOSITORY}/manifests/${digest.replace(':', '-')}`
      const accept = { headers: { accept: 'application/vnd.oci.image.index.v1+json' } }
      const answer = await fetchOfClients(referrersApi ? url : tag, accept)
      if (answer.status === 404) return []
      const { manifests } = (await answer.json()) as { manifests: { digest: string }[] }
      return manifests.map((manifest) => manifest.digest)
    },
    fetchOfClients,
    async put(tag, manifest) {
      const url = `http://${REGISTRY}/v2/${REPOSITORY}/manifests/${tag}`
      const headers = { 'content-type': manifest.mediaType }
      const body = JSON.stringify(manifest)
      const { status } = await fetchOfClients(url, { method: 'PUT', headers, body })
      if (status !== 201) throw new Error(`the registry answers ${status}`)
    },
    statesOf: ({ digest }) =>
      Object.values(engine.states.get(`${REGISTRY}/${REPOSITORY}@${digest}`)?.profiles ?? {}),
    setRules(...written) {
      rules = makeRules(written)
    },
    setNow(date) {
      now = date
    },
    setChain(chain) {
      built = chain
    },
    intercept: undefined,
    beforeSigning: undefined,
    beforeDescribing: undefined,
  }
  return service
}
