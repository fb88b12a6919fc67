// A Signer over Software Trust Manager: keypair, certificate chain and signature, each checked before it
// is handed over.

import { COORDINATE_BYTES, type KeySpecEntry } from '../algorithm.ts'
import type { Crypto } from '../crypto.ts'
import { toRawSignature } from '../ecdsa.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { STM_CALL_TIMEOUT_MS, STM_TOTAL_TIMEOUT_MS } from '../limits.ts'
import type { Signer, SigningKey } from '../signer.ts'
import type { Certificate } from '../x509/certificate.ts'
import { createStmClient, type StmClient } from './client.ts'
import { fetchKeypairById, findKeypair } from './key-lookup.ts'
import { SIGNATURE_ALGORITHM_NAMES, type SignatureAlgorithmNames } from './signature-algorithm.ts'
import {
  chooseCertificate,
  completeChain,
  incompleteChain,
  noCertificate,
  type SigningCertificate,
  verifyChain,
} from './signing-certificate.ts'
import type { StmTransport } from './transport.ts'
import type { Keypair } from './wire.ts'

/** A key is looked up again after this time: until then a new certificate of it is not noticed. */
export const KNOWN_KEY_MAX_AGE_MS = 5 * 60_000
/** Keys that are remembered: more than an account's rules name, and each has 10 KiB. */
const MAX_KNOWN_KEYS = 1000

/**
 * How long another signer's look-up of the same key is waited for. On Workers a Durable Object that is evicted leaves
 * promises that never settle: whoever waits for one longer than a look-up takes asks for itself.
 */
const JOINED_LOOK_UP_MS = 2000

/** After these the key may have been withdrawn, or have another certificate than the one that is remembered. */
const FAULTS_OF_KEYS = ['key-unknown', 'signer-denied', 'signer-answer-invalid'] as const

/** What a signer needs. Holds a secret: not for logs. */
export interface StmSignerOptions {
  readonly transport: StmTransport
  /** Origin without a slash at the end, as parseHost returns it. */
  readonly host: string
  readonly apiKey: string
  readonly crypto: Crypto
  readonly now: () => Date
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Certificates that the service leaves out, such as its root; trusted by nobody, only offered. */
  readonly extraCertificates?: readonly Certificate[]
  /** Names that differ from SIGNATURE_ALGORITHM_NAMES. */
  readonly signatureAlgorithmNames?: Partial<SignatureAlgorithmNames>
  /** For one call; default STM_CALL_TIMEOUT_MS. */
  readonly callTimeoutMs?: number
  /** For all calls and waits, from the creation of the signer on; default STM_TOTAL_TIMEOUT_MS. */
  readonly totalTimeoutMs?: number
  /** Shared with other signers of the same service and account; else each signer looks keys up for itself. */
  readonly knownKeys?: KnownKeys
  /** Told of each signature that was made and verified, for an audit log. */
  readonly onSignature?: (made: SignatureRecord) => void
}

/** A signature that was made and verified, for a log. */
export interface SignatureRecord {
  readonly keypairId: string
  readonly signatureAlgorithm: string
  /** The service's name of the signature, where it gives one. */
  readonly signatureId: string | undefined
}

/** Keys that were looked up, by key id. Bounded by what callers may name. */
export type KnownKeys = Map<string, KnownKey>

interface KnownKey {
  readonly key: Promise<ResolvedKey>
  readonly sinceMs: number
  /** False while it is looked up. */
  isFound: boolean
}

/** A keypair that is ready to sign. */
interface ResolvedKey {
  readonly keypair: Keypair
  readonly entry: KeySpecEntry
  readonly leaf: Certificate
  readonly chain: readonly Certificate[]
}

/**
 * Creates a signer for one request: it remembers what it looked up, so that a signature costs one look-up
 * (one request, two where a list leaves out certificates) and one sign request, and its time limit runs from here.
 */
export function createStmSigner(options: StmSignerOptions): Signer {
  const totalTimeoutMs = options.totalTimeoutMs ?? STM_TOTAL_TIMEOUT_MS
  const client = createStmClient({
    ...options,
    randomBytes: (length) => options.crypto.randomBytes(length),
    callTimeoutMs: options.callTimeoutMs ?? STM_CALL_TIMEOUT_MS,
    deadline: new Date(options.now().getTime() + totalTimeoutMs),
  })
  const { now, knownKeys = new Map() } = options
  const lookUp = (keyId: string): Promise<ResolvedKey> => {
    const key = resolveKey(keyId, client, options)
    const known = { key, sinceMs: now().getTime(), isFound: false }
    if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear()
    knownKeys.set(keyId, known)
    // Whoever asks next asks the service again; those who wait for this answer get it.
    const forget = (): void => {
      if (options.knownKeys !== undefined && knownKeys.get(keyId) === known) knownKeys.delete(keyId)
    }
    key.then(() => {
      known.isFound = true
    }, forget)
    return key
  }
  const resolve = async (keyId: string): Promise<ResolvedKey> => {
    const known = knownKeys.get(keyId)
    if (known === undefined || now().getTime() - known.sinceMs >= KNOWN_KEY_MAX_AGE_MS)
      return lookUp(keyId)
    if (known.isFound) return known.key
    const timeIsUp = options.sleep(JOINED_LOOK_UP_MS).then(() => undefined)
    return (await Promise.race([known.key, timeIsUp])) ?? lookUp(keyId)
  }
  return {
    async describeKey(keyId) {
      return toSigningKey(keyId, await resolve(keyId))
    },
    async signMessage(keyId, message) {
      const key = await resolve(keyId)
      try {
        return await signMessage(key, message, client, options)
      } catch (cause) {
        if (isNotationError(cause, ...FAULTS_OF_KEYS)) knownKeys.delete(keyId)
        throw cause
      }
    },
  }
}

async function resolveKey(
  keyId: string,
  client: StmClient,
  options: StmSignerOptions,
): Promise<ResolvedKey> {
  const found = await findKeypair(client, keyId)
  const fromFound = await resolveKeypair(found.keypair, options)
  if (fromFound !== undefined) return fromFound
  const keypair = found.isComplete
    ? found.keypair
    : await fetchKeypairById(client, found.keypair.id)
  const fromDetail = found.isComplete ? undefined : await resolveKeypair(keypair, options)
  if (fromDetail !== undefined) return fromDetail
  const certificate = chooseCertificate(keypair, options.now())
  throw certificate === undefined ? noCertificate(keypair) : incompleteChain(keypair, certificate)
}

/** The key, or undefined when what is known of the keypair lacks its certificate or part of its chain. */
async function resolveKeypair(
  keypair: Keypair,
  { crypto, now, extraCertificates = [] }: StmSignerOptions,
): Promise<ResolvedKey | undefined> {
  const certificate: SigningCertificate | undefined = chooseCertificate(keypair, now())
  if (certificate === undefined) return undefined
  const chain = await completeChain(certificate, extraCertificates, crypto)
  if (chain === undefined) return undefined
  await verifyChain(keypair, chain, crypto, now())
  return { keypair, entry: certificate.entry, leaf: certificate.leaf, chain }
}

function toSigningKey(keyId: string, key: ResolvedKey): SigningKey {
  return {
    keyId,
    keySpec: key.entry.keySpec,
    chain: key.chain.map((certificate) => certificate.raw),
  }
}

async function signMessage(
  key: ResolvedKey,
  message: Uint8Array,
  client: StmClient,
  options: StmSignerOptions,
): Promise<Uint8Array> {
  const { entry, keypair } = key
  const signatureAlgorithm =
    options.signatureAlgorithmNames?.[entry.signingAlgorithm] ??
    SIGNATURE_ALGORITHM_NAMES[entry.signingAlgorithm]
  const digest = await options.crypto.digest(entry.hash, message)
  const answer = await client.fetchSignature({
    keypairId: keypair.id,
    signatureAlgorithm,
    digest,
  })
  const signature = toFixedWidth(answer.signature, entry)
  const { scheme } = entry
  if (
    signature === undefined ||
    !(await options.crypto.verify(scheme, key.leaf.spki, signature, message))
  )
    throw await wrongSignature(key, signatureAlgorithm, answer.signature, message, options)
  options.onSignature?.({ keypairId: keypair.id, signatureAlgorithm, signatureId: answer.id })
  return signature
}

/** The signature as the Notary Project has it. The service answers ECDSA in DER; fixed width is taken too. */
function toFixedWidth(signature: Uint8Array, entry: KeySpecEntry): Uint8Array | undefined {
  if (entry.scheme.name === 'RSA-PSS') return signature
  try {
    return toRawSignature(signature, COORDINATE_BYTES[entry.scheme.namedCurve])
  } catch (cause) {
    if (!isNotationError(cause, 'encoding-invalid')) throw cause
    return signature.length === entry.signatureBytes ? signature : undefined
  }
}

async function wrongSignature(
  key: ResolvedKey,
  signatureAlgorithm: string,
  signature: Uint8Array,
  message: Uint8Array,
  { crypto }: StmSignerOptions,
): Promise<NotationError> {
  const { entry, leaf, keypair } = key
  const pkcs1 = { name: 'RSASSA-PKCS1-v1_5', hash: entry.hash } as const
  const isPkcs1 =
    entry.scheme.name === 'RSA-PSS' && (await crypto.verify(pkcs1, leaf.spki, signature, message))
  const found = isPkcs1
    ? `it is RSASSA-PKCS1-v1_5, wanted is ${entry.signingAlgorithm}`
    : `it is not ${entry.signingAlgorithm} by the certificate's key${entry.scheme.name === 'RSA-PSS' ? ` with a salt of ${entry.scheme.saltBytes} bytes` : ''}`
  return new NotationError(
    'signer-answer-invalid',
    `failed to sign: the signature that keypair ${JSON.stringify(keypair.alias)} made as "${signatureAlgorithm}" does not verify: ${found}; it was spent and is not used. If your service has another name for the algorithm, set signature_algorithm_${entry.signingAlgorithm}`,
  )
}
