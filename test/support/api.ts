// The API in this process, with an in-memory registry, a local key and a fixed clock.

import { createHash } from 'node:crypto'
import { pushImage } from '../../demo/image.ts'
import { createRegistryApp } from '../../demo/registry/app.ts'
import { createApp } from '../../functions/app.ts'
import type { AuditEntry } from '../../functions/audit.ts'
import type { Sender } from '../../functions/client-certificate.ts'
import { parseConfiguration } from '../../functions/configuration.ts'
import type { Deps } from '../../functions/deps.ts'
import { bindRevocation } from '../../functions/revocation.ts'
import type { JsonValue } from '../../shared/json.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createCrlCache } from '../../shared/revocation/crl-cache.ts'
import { createHostPolicy } from '../../shared/revocation/host-policy.ts'
import { createChainCache } from '../../shared/x509/chain-cache.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { AT, type BuiltChain, buildChain } from './certificates.ts'
import { expectDocumented } from './documented-answers.ts'
import { localSigner } from './local-signer.ts'
import { nodeCrypto } from './node-crypto.ts'

export const TOKEN = 'token-of-the-ci-job'
export const REGISTRY = 'registry.example.com'
export const REPOSITORY = 'team/app'

/** The API, and what it was given. */
export interface TestApi {
  /** Sends JSON; `token: null` sends none. */
  post(path: string, body: unknown, token?: string | null): Promise<Response>
  request(path: string, init?: RequestInit): Promise<Response>
  /** Stands in for the network: only the registry is there. */
  readonly fetch: typeof fetch
  /** URLs that were asked for. */
  readonly asked: readonly string[]
  readonly audit: readonly AuditEntry[]
  readonly built: BuiltChain
}

/** Creates the API with one caller who may do all in one repository. */
export async function createTestApi(
  overrides: Partial<Deps> & {
    readonly permissions?: readonly string[]
    readonly level?: string
    /** Who sends every request, as the runtime tells. */
    readonly sender?: Sender
    /** Beside the one of TOKEN. */
    readonly callers?: readonly object[]
    readonly built?: BuiltChain
    readonly referrersApi?: boolean
    readonly publicRepositories?: readonly string[]
    /** Further settings of CONFIG. */
    readonly settings?: object
    /** Answers in the registry's place where it gives a response. */
    readonly intercept?: (request: Request) => Response | undefined
  } = {},
): Promise<TestApi> {
  const {
    permissions = ['describe-key', 'generate-signature', 'sign', 'verify'],
    level = 'strict',
    referrersApi = true,
    ...deps
  } = overrides
  const built = overrides.built ?? buildChain()
  const registry = createRegistryApp({ referrersApi })
  const asked: string[] = []
  const audit: AuditEntry[] = []
  const fetch = (async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    asked.push(request.url)
    const { host } = new URL(request.url)
    const intercepted = overrides.intercept?.(request)
    if (intercepted !== undefined) return intercepted
    if (host !== REGISTRY) throw new TypeError(`There is no host ${host}`)
    return registry.fetch(request)
  }) as typeof globalThis.fetch
  const app = createApp({
    configuration: parseConfiguration(
      encode({
        callers: [
          {
            name: 'ci',
            tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
            permissions,
            keys: ['my-key'],
            repositories: [`${REGISTRY}/${REPOSITORY}`],
          },
          ...(overrides.callers ?? []),
        ],
        registries: [{ host: REGISTRY, publicRepositories: overrides.publicRepositories ?? [] }],
        ...overrides.settings,
      }),
    ),
    trustBundle: await parseTrustBundle(trustBundle(built, level), nodeCrypto),
    createSigner: () => localSigner(built),
    chains: createChainCache(),
    reachSigner: async () => ({ status: 404 }),
    readinessCache: {},
    findCredentials: async () => undefined,
    createRevocationChecker: bindRevocation({
      fetch: () => Promise.reject(new Error('there is no revocation server')),
      hostPolicy: createHostPolicy(),
      crlCache: createCrlCache(),
      crypto: nodeCrypto,
      now: () => AT,
    }),
    fetch,
    issuerKeyCache: new Map(),
    crypto: nodeCrypto,
    now: () => AT,
    audit: (entry) => audit.push(entry),
    listensOnLoopback: true,
    ...deps,
  })
  const request = async (path: string, init?: RequestInit): Promise<Response> => {
    const answer = await app.request(path, init, overrides.sender ?? {})
    await expectDocumented(path, answer)
    return answer
  }
  return {
    request,
    post: (path, body, token = TOKEN) =>
      request(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
      }),
    fetch,
    asked,
    audit,
    built,
  }
}

/** A bundle that trusts the chain's root, and its leaf's subject by C, ST and O. */
export function trustBundle(built: BuiltChain, level: string): JsonValue {
  const root = built.certificates.at(-1) ?? new Uint8Array()
  return {
    trustPolicy: {
      version: '1.0',
      trustPolicies: [
        {
          name: 'test-policy',
          registryScopes: [`${REGISTRY}/${REPOSITORY}`],
          signatureVerification: { level },
          trustStores: ['ca:test'],
          trustedIdentities: ['*'],
        },
      ],
    },
    trustStores: { 'ca:test': [encodePem('CERTIFICATE', root)] },
  }
}

function encode(document: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document))
}

/** An image in the API's registry. */
export async function image(
  api: TestApi,
  tag = 'v1',
): Promise<{ reference: string; digest: string; descriptor: object }> {
  const { reference, digest, mediaType, size } = await pushImage(
    REGISTRY,
    REPOSITORY,
    tag,
    api.fetch,
  )
  return { reference, digest, descriptor: { mediaType, digest, size } }
}
