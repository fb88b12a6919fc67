// What an actor signs with: the world as it is set up now, and what outlives a command.

import type { Crypto } from '../../shared/crypto.ts'
import type { SignedContent } from '../../shared/envelope/verify-integrity.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import { createRegistry, type Registry } from '../../shared/registry/client.ts'
import { createRepositoryMemory } from '../../shared/registry/repository-memory.ts'
import type { SignArtifactDeps } from '../../shared/sign/sign-artifact.ts'
import type { Signer } from '../../shared/signer.ts'
import type { KnownKeys } from '../../shared/stm/signer.ts'
import { verifyTimestampToken } from '../../shared/timestamp/verify-token.ts'
import type { RegistryAccess } from '../configuration.ts'
import type { Deps } from '../deps.ts'
import { MAX_CONCURRENT_SIGN_REQUESTS, MAX_OWN_MANIFESTS } from '../limits.ts'
import type { SigningRules } from '../rules/signing-rule.ts'
import { openSigner } from '../signer.ts'
import { timestampFrom } from '../timestamp.ts'
import { createGate, type Gate } from './gate.ts'

/** What outlives a command, and a change of the configuration. */
export interface SigningMemory {
  readonly knownKeys: KnownKeys
  readonly registries: WeakMap<RegistryAccess, Registry>
  /** Lets so many signature requests through at once. */
  readonly signGate: Gate
  /** Signature manifests that were pushed from here, oldest first. */
  readonly ownManifests: Set<string>
}

/**
 * A memory of nothing.
 *
 * @param maxSignRequests - to Software Trust Manager at once; Infinity where the queue bounds them
 */
export function createSigningMemory(maxSignRequests = MAX_CONCURRENT_SIGN_REQUESTS): SigningMemory {
  return {
    knownKeys: new Map(),
    registries: new WeakMap(),
    signGate: createGate(maxSignRequests),
    ownManifests: new Set(),
  }
}

/** Everything that touches the world, for one command. */
export interface SigningWorld {
  readonly deps: Deps
  readonly rules: SigningRules
  readonly memory: SigningMemory
  readonly crypto: Crypto
  readonly now: () => Date
}

/** A client of a subject's registry, with our credentials. @throws {NotationError} `registry-not-allowed` */
export function registryOfHost(host: string, { deps, memory }: SigningWorld): Registry {
  const access = deps.configuration.registries.get(host)
  if (access === undefined) {
    throw new NotationError(
      'registry-not-allowed',
      'Cannot speak to this registry: it is not in CONFIG setting "registries"',
    )
  }
  const known = memory.registries.get(access)
  if (known !== undefined) return known
  const { fetch, crypto, now, findCredentials } = deps
  const registry = createRegistry({
    ...access,
    credentials: access.credentials ?? (() => findCredentials(host)),
    fetch,
    crypto,
    memory: createRepositoryMemory(now),
  })
  memory.registries.set(access, registry)
  return registry
}

/** A signer that knows the keys of the ones before it. @throws {NotationError} `configuration-invalid` */
export function signerOf(
  { deps, memory }: SigningWorld,
  note: Parameters<typeof openSigner>[1],
): Signer {
  const signer = openSigner(deps, note, memory.knownKeys)
  return {
    describeKey: (keyId) => signer.describeKey(keyId),
    signMessage: (keyId, message) =>
      memory.signGate(async () => signer.signMessage(keyId, message)),
  }
}

/** Asks the authority of this name. */
export function timestampOf(
  authority: string,
  { deps }: SigningWorld,
): NonNullable<SignArtifactDeps['timestamp']> {
  // The signature is stored: the next attempt at the task asks again.
  return timestampFrom(authority, deps, 1)
}

/** Whether the timestamp of a signature is one by the authority of this name. */
export async function isTimestampedBy(
  authority: string,
  { timestampToken, signature }: SignedContent,
  { deps, crypto }: SigningWorld,
): Promise<boolean> {
  const roots = deps.configuration.timestampAuthorities.get(authority)?.roots
  if (timestampToken === undefined || roots === undefined) return false
  try {
    await verifyTimestampToken(timestampToken, signature, roots, crypto)
    return true
  } catch (cause) {
    if (isNotationError(cause)) return false
    throw cause
  }
}

/** Whether a digest is that of a signature manifest that was pushed from here, and not long ago. */
export function isOwnManifest(digest: string, { ownManifests }: SigningMemory): boolean {
  return ownManifests.has(digest)
}

/** Remembers a manifest of ours: the registry will tell of it. */
export function rememberManifest(digest: string, { ownManifests }: SigningMemory): void {
  const [oldest] = ownManifests
  if (ownManifests.size === MAX_OWN_MANIFESTS && oldest !== undefined) ownManifests.delete(oldest)
  ownManifests.add(digest)
}
