// The real programs that the tests run against, and the folders their binaries lie in. Building them
// is build.ts; choosing the tests that need them is test/support/peers.ts.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Packages of the peers: foreign programs, each pinned by a `tool` line and a `require` line of the
 * go.mod beside this file, and `judge`, a program of ours around a library that its own go.mod pins.
 */
export const PEERS = {
  /** The reference client. */
  notation: 'github.com/notaryproject/notation/cmd/notation',
  /** CNCF Distribution: no referrers API. */
  distribution: 'github.com/distribution/distribution/v3/cmd/registry',
  /** A registry with the referrers API. */
  olareg: 'github.com/olareg/olareg/cmd/olareg',
  /** The OCI distribution specification's own test suite. */
  conformance: 'github.com/opencontainers/distribution-spec/conformance',
  /** A client that pushes images. */
  crane: 'github.com/google/go-containerregistry/cmd/crane',
  /** notation-go as a library: verdicts on signatures, a line each. */
  judge: './judge',
} as const

/** What a peer is called in tests and in the cache folder. */
export type PeerName = keyof typeof PEERS

/** All peers, in the order they are built: the quick ones first. */
export const PEER_NAMES = [
  'notation',
  'olareg',
  'conformance',
  'crane',
  'judge',
  'distribution',
] as const satisfies readonly PeerName[]

const CHECKOUT = join(import.meta.dirname, '..', '..')

const JUDGE_MODULE = join(CHECKOUT, 'test', 'interop', 'notation-go')

/** Peers that a module of their own pins: ours, and those whose dependencies would raise the others'. */
const OWN_MODULES: Readonly<Partial<Record<PeerName, string>>> = {
  judge: JUDGE_MODULE,
  crane: join(import.meta.dirname, 'crane'),
}

/** The folder of the go.mod and go.sum that pin a peer. */
export function moduleFolder(name: PeerName): string {
  return OWN_MODULES[name] ?? import.meta.dirname
}

/**
 * The folder of a peer's binary, named by the hash of what decides it: another pin, or for `judge`
 * another line of its source, is another folder.
 *
 * Lies under `NOTATION_STM_CACHE` where that is set, else in the checkout's `.cache`.
 */
export function peerFolder(name: PeerName): string {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum', ...ownSources(name)]) {
    hash.update(readFileSync(join(moduleFolder(name), file)))
  }
  const cache = process.env.NOTATION_STM_CACHE || join(CHECKOUT, '.cache')
  // Apart, so that the one folder of the foreign programs can be put on a PATH.
  const kind = name in OWN_MODULES ? name : 'peers'
  return join(cache, kind, hash.digest('hex').slice(0, 16))
}

function ownSources(name: PeerName): readonly string[] {
  if (name !== 'judge') return []
  const files = readdirSync(join(JUDGE_MODULE, 'judge')).filter((file) => file.endsWith('.go'))
  return files.sort().map((file) => join('judge', file))
}

/** Where a peer's binary lies, or will lie. */
export function peerPath(name: PeerName): string {
  return join(peerFolder(name), process.platform === 'win32' ? `${name}.exe` : name)
}

/** The version that go.mod pins for a peer, as `v1.3.2`; for `judge` that of notation-go. */
export function peerVersion(name: PeerName): string {
  const goMod = readFileSync(join(moduleFolder(name), 'go.mod'), 'utf8')
  const required = [...goMod.matchAll(/^\s*(?:require )?(\S+\.\S+\/\S+) (v\S+)/gm)]
  const wanted = name === 'judge' ? 'github.com/notaryproject/notation-go' : PEERS[name]
  const found = required.find(([, module]) => `${wanted}/`.startsWith(`${module}/`))
  if (found?.[2] === undefined) throw new Error(`go.mod pins no version of ${wanted}`)
  return found[2]
}
