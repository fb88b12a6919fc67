// The real programs that the tests run against, and the folder their binaries lie in. Building them
// is build.ts; choosing the tests that need them is test/support/peers.ts.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Packages of the peers, each pinned by a `tool` line and a `require` line of go.mod. */
export const PEERS = {
  /** The reference client. */
  notation: 'github.com/notaryproject/notation/cmd/notation',
  /** CNCF Distribution: no referrers API. */
  distribution: 'github.com/distribution/distribution/v3/cmd/registry',
  /** A registry with the referrers API. */
  olareg: 'github.com/olareg/olareg/cmd/olareg',
  /** The OCI distribution specification's own test suite. */
  conformance: 'github.com/opencontainers/distribution-spec/conformance',
} as const

/** What a peer is called in tests and in the cache folder. */
export type PeerName = keyof typeof PEERS

/** All peers, in the order they are built: the quick ones first. */
export const PEER_NAMES = [
  'notation',
  'olareg',
  'conformance',
  'distribution',
] as const satisfies readonly PeerName[]

/** The folder of go.mod and go.sum. */
export const MODULE_FOLDER = import.meta.dirname

const CHECKOUT = join(MODULE_FOLDER, '..', '..')

/**
 * The folder of the binaries that go.mod and go.sum pin: a change of either is another folder.
 *
 * Lies under `NOTATION_STM_CACHE` where that is set, else in the checkout's `.cache`.
 */
export function peerFolder(): string {
  const hash = createHash('sha256')
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(MODULE_FOLDER, name)))
  const cache = process.env.NOTATION_STM_CACHE || join(CHECKOUT, '.cache')
  return join(cache, 'peers', hash.digest('hex').slice(0, 16))
}

/** Where a peer's binary lies, or will lie. */
export function peerPath(name: PeerName): string {
  return join(peerFolder(), process.platform === 'win32' ? `${name}.exe` : name)
}

/** The version that go.mod pins for a peer, as `v1.3.2`. */
export function peerVersion(name: PeerName): string {
  const goMod = readFileSync(join(MODULE_FOLDER, 'go.mod'), 'utf8')
  const required = [...goMod.matchAll(/^\s*(?:require )?(\S+\.\S+\/\S+) (v\S+)/gm)]
  const found = required.find(([, module]) => `${PEERS[name]}/`.startsWith(`${module}/`))
  if (found?.[2] === undefined) throw new Error(`go.mod pins no version of ${PEERS[name]}`)
  return found[2]
}
