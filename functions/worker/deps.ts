// Binds what the application needs to a Worker's bindings. What outlives a request lives as long as the isolate.

import { encodeUtf8 } from '../../shared/bytes.ts'
import { NotationError } from '../../shared/errors.ts'
import type { TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createCrlCache } from '../../shared/revocation/crl-cache.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { createChainCache } from '../../shared/x509/chain-cache.ts'
import type { AuditEntry } from '../audit.ts'
import { type Configuration, EMPTY_CONFIGURATION, parseConfiguration } from '../configuration.ts'
import type { Signers } from '../create-signers.ts'
import type { Deps } from '../deps.ts'
import type { IssuerKeyCache } from '../oidc-issuer-keys.ts'
import type { ReadinessCache } from '../readiness.ts'
import { bindRevocation } from '../revocation.ts'
import { parseSigningRules } from '../rules/parse-signing-rules.ts'
import type { SigningRules } from '../rules/signing-rule.ts'
import type { Signing } from '../signing/signing.ts'
import { readTrustBundle } from '../trust-source.ts'
import type { AnonymousBindings } from './anonymous-limit.ts'
import { type AssetBindings, createPageFileReader } from './page-assets.ts'
import { type SigningBindings, signingBindings } from './queue/bindings.ts'
import { createQueueEngine } from './queue/queue-engine.ts'
import { rememberLast } from './remember-last.ts'
import { createWorkerSigners, type StmBindings } from './stm-connection.ts'

/** Bindings of wrangler.toml and wrangler.signing.toml. */
export interface Bindings extends StmBindings, AssetBindings, AnonymousBindings, SigningBindings {
  /** Holds the trust bundle under TRUST_BUNDLE_KEY, and the rules under SIGNING_RULES_KEY. */
  readonly TRUST: { get(key: string): Promise<string | null> }
  /** The CONFIG document, as text; a secret where it holds registry passwords. */
  readonly CONFIG?: string
}

/** Where the trust bundle lies in the namespace TRUST; wrangler.toml says so too. */
const TRUST_BUNDLE_KEY = 'trust-bundle'
/** Where signing-rules.json lies there; wrangler.signing.toml says so too. */
const SIGNING_RULES_KEY = 'signing-rules'

const ISSUER_KEYS: IssuerKeyCache = new Map()
/** CRLs are asked for again when they have run out, not with each request. */
const CRL_CACHE = createCrlCache()
const CHAINS = createChainCache()
const READINESS_CACHE: ReadinessCache = {}
const parseLastConfiguration = rememberLast((text: string) => parseConfiguration(encodeUtf8(text)))
const parseLastTrustBundle = rememberLast((text: string) =>
  readTrustBundle(`"${TRUST_BUNDLE_KEY}" of namespace TRUST`, text, webCrypto),
)
const parseLastRules = rememberLast(
  (text: string, configuration: Configuration, trustBundle: TrustBundle | undefined) =>
    parseSigningRules(encodeUtf8(text), { ...configuration, trustBundle }),
)

/** @throws {NotationError} `configuration-invalid` | `policy-invalid` | `trust-store-invalid`: nothing is answered then */
export async function createWorkerDeps(bindings: Bindings): Promise<Deps> {
  const now = (): Date => new Date()
  const configuration = await readConfiguration(bindings)
  const signers = createWorkerSigners(bindings, configuration.stm, now)
  const trustBundle = await findTrustBundle(bindings)
  return {
    signing: await findSigning(bindings, configuration, trustBundle, signers),
    configuration,
    trustBundle,
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
    issuerKeyCache: ISSUER_KEYS,
    chains: CHAINS,
    crypto: webCrypto,
    now,
    audit: log,
    listensOnLoopback: false,
    readPageFile: createPageFileReader(bindings),
  }
}

async function readConfiguration({ CONFIG }: Bindings): Promise<Configuration> {
  return CONFIG === undefined ? EMPTY_CONFIGURATION : parseLastConfiguration(CONFIG)
}

/** Rules and events that nobody could act upon would be lost without a word. */
async function findSigning(
  bindings: Bindings,
  configuration: Configuration,
  trustBundle: TrustBundle | undefined,
  signers: Signers | undefined,
): Promise<Signing | undefined> {
  const present = signingBindings(bindings)
  if (present !== undefined) {
    const rules = await readRules(bindings, configuration, trustBundle)
    if (rules.rules.length > 0 && signers === undefined)
      throw new NotationError(
        'configuration-invalid',
        `Cannot start: "${SIGNING_RULES_KEY}" of namespace TRUST has rules, and there is no Software Trust Manager; set SM_HOST and SM_API_KEY, and name the client certificate under mtls_certificates in wrangler.signing.toml`,
      )
    return { rules, engine: createQueueEngine(present, webCrypto) }
  }
  if (configuration.sources.size === 0) return undefined
  throw new NotationError(
    'configuration-invalid',
    'Cannot start: CONFIG setting "sources" is set, and no bindings SIGNING_QUEUE, SIGNING_ACTOR and SIGNING_DIRECTORY; wrangler.signing.toml has them',
  )
}

async function readRules(
  { TRUST }: Bindings,
  configuration: Configuration,
  trustBundle: TrustBundle | undefined,
): Promise<SigningRules> {
  const text = await TRUST.get(SIGNING_RULES_KEY)
  if (text !== null) return parseLastRules(text, configuration, trustBundle)
  if (configuration.sources.size === 0) return { rules: [] }
  throw new NotationError(
    'configuration-invalid',
    `Cannot start: CONFIG setting "sources" is set, and no rules; put signing-rules.json into the namespace TRUST as "${SIGNING_RULES_KEY}"`,
  )
}

async function findTrustBundle({ TRUST }: Bindings): Promise<TrustBundle | undefined> {
  const text = await TRUST.get(TRUST_BUNDLE_KEY)
  return text === null ? undefined : parseLastTrustBundle(text)
}

/** One line of the platform's log. */
export function log(entry: AuditEntry): void {
  console.log(JSON.stringify(entry))
}
