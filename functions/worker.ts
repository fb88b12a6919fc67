// Entry of the API on Cloudflare Workers: bindings → deps → application.

import { encodeUtf8 } from '../shared/bytes.ts'
import type { TrustBundle } from '../shared/policy/trust-bundle.ts'
import { createCrlCache } from '../shared/revocation/crl-cache.ts'
import { webCrypto } from '../shared/web-crypto.ts'
import { createChainCache } from '../shared/x509/chain-cache.ts'
import { createApp } from './app.ts'
import type { AuditEntry } from './audit.ts'
import { type Configuration, EMPTY_CONFIGURATION, parseConfiguration } from './configuration.ts'
import type { Deps } from './deps.ts'
import type { IssuerKeyCache } from './oidc-issuer-keys.ts'
import { problemResponse, toNotationError } from './problem.ts'
import type { ReadinessCache } from './readiness.ts'
import { bindRevocation } from './revocation.ts'
import { readTrustBundle } from './trust-source.ts'
import { type AnonymousBindings, createAnonymousLimit } from './worker/anonymous-limit.ts'
import { type AssetBindings, createPageFileReader } from './worker/page-assets.ts'
import { senderOf } from './worker/sender.ts'
import { createWorkerSigners, type StmBindings } from './worker/stm-connection.ts'

/** Bindings of wrangler.toml. */
export interface Bindings extends StmBindings, AssetBindings, AnonymousBindings {
  /** Holds the trust bundle under TRUST_BUNDLE_KEY. */
  readonly TRUST: { get(key: string): Promise<string | null> }
  /** The CONFIG document, as text; a secret where it holds registry passwords. */
  readonly CONFIG?: string
}

/** Where the trust bundle lies in the namespace TRUST; wrangler.toml says so too. Not exported: the runtime takes every export of an entry for a handler. */
const TRUST_BUNDLE_KEY = 'trust-bundle'

/** Lives as long as the isolate, beside the requests that it answers. */
const issuerKeyCache: IssuerKeyCache = new Map()

/** Of the isolate: CRLs are asked for again when they have run out, not with each request. */
const CRL_CACHE = createCrlCache()
const CHAINS = createChainCache()
const READINESS_CACHE: ReadinessCache = {}

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    try {
      const deps = await createWorkerDeps(bindings)
      const admitAnonymous = createAnonymousLimit(bindings, request)
      return await createApp({ ...deps, admitAnonymous }).fetch(request, senderOf(request))
    } catch (cause) {
      const error = toNotationError(cause)
      const { code: outcome, message } = error
      log({ event: 'error', caller: undefined, outcome, message })
      return problemResponse(error)
    }
  },
}

/** @throws {NotationError} `configuration-invalid` | `policy-invalid` | `trust-store-invalid`: nothing is answered then */
async function createWorkerDeps(bindings: Bindings): Promise<Deps> {
  const now = (): Date => new Date()
  const configuration = readConfiguration(bindings)
  const signers = createWorkerSigners(bindings, configuration.stm, now)
  return {
    configuration,
    trustBundle: await findTrustBundle(bindings),
    createSigner: signers?.createSigner,
    reachSigner: signers?.reachSigner,
    readinessCache: READINESS_CACHE,
    // Secrets of CONFIG are all there is.
    findCredentials: async () => undefined,
    createRevocationChecker: bindRevocation({
      // The runtime shows no address: the README says what the platform refuses.
      fetch: (url, init) => fetch(url, init),
      hostPolicy: configuration.revocationHosts,
      crlCache: CRL_CACHE,
      crypto: webCrypto,
      now,
    }),
    fetch: (input, init) => fetch(input, init),
    issuerKeyCache,
    chains: CHAINS,
    crypto: webCrypto,
    now,
    audit: log,
    listensOnLoopback: false,
    readPageFile: createPageFileReader(bindings),
  }
}

function readConfiguration({ CONFIG }: Bindings): Configuration {
  return CONFIG === undefined ? EMPTY_CONFIGURATION : parseConfiguration(encodeUtf8(CONFIG))
}

async function findTrustBundle({ TRUST }: Bindings): Promise<TrustBundle | undefined> {
  const text = await TRUST.get(TRUST_BUNDLE_KEY)
  return text === null
    ? undefined
    : readTrustBundle(`"${TRUST_BUNDLE_KEY}" of namespace TRUST`, text, webCrypto)
}

function log(entry: AuditEntry): void {
  console.log(JSON.stringify(entry))
}
