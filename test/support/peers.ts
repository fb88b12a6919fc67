// Chooses the tests that need real peers: they run with what `npm run peers` has built and are left
// out, with one line that says so, where a peer is missing. Nothing is built here.

import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type PeerName, peerPath } from '../peers/peers.ts'
import { nodePath } from '../peers/runtimes.ts'

/** The path of a peer's binary, or undefined where `npm run peers` has not built it. */
export function peer(name: PeerName): string | undefined {
  const path = peerPath(name)
  return existsSync(path) ? path : undefined
}

/**
 * Describes tests that need peers.
 *
 * With a peer missing they are skipped and one line on stderr names it; with `REQUIRE_PEERS=1` in the
 * environment, as in CI, that is a failure instead.
 *
 * @param body - gets the paths of the binaries by the peers' names
 */
export function describePeers<Name extends PeerName>(
  title: string,
  names: readonly Name[],
  body: (paths: Readonly<Record<Name, string>>) => void,
): void {
  const missing = names.filter((name) => peer(name) === undefined)
  if (missing.length === 0) {
    const paths = Object.fromEntries(names.map((name) => [name, peerPath(name)]))
    describe(title, () => body(paths as Record<Name, string>))
    return
  }
  leaveOut(title, missing.join(', '))
}

/** Describes tests under each of further Nodes, as describePeers does under what it needs. */
export function describeNodes(
  majors: readonly number[],
  body: (node: string, major: number) => void,
): void {
  for (const major of majors) {
    const node = nodePath(major)
    const title = `under Node ${major}`
    if (existsSync(node)) describe(title, () => body(node, major))
    else leaveOut(title, `Node ${major}`)
  }
}

/** One line says what is left out and why; where peers are required it is a failure. */
export function leaveOut(
  title: string,
  missing: string,
  remedy = '"npm run peers" builds what is missing',
): void {
  const reason = `${title}: needs ${missing}; ${remedy}`
  if (process.env.REQUIRE_PEERS === '1') {
    it(title, () => expect.fail(reason))
    return
  }
  process.stderr.write(`Skipped ${reason}\n`)
  describe.skip(title, () => it(`needs ${missing}`, () => {}))
}
