// The "index" of POST /v1/verify: what of an image index is verified, and its children in their registry.

import { z } from 'zod'
import type { Descriptor } from '../shared/descriptor.ts'
import { NotationError } from '../shared/errors.ts'
import { parseWantedPlatform } from '../shared/registry/platform.ts'
import type {
  ArtifactToVerify,
  VerificationDependencies,
} from '../shared/verify/verify-artifact.ts'
import {
  type IndexHandling,
  type IndexVerdict,
  verifyIndex,
} from '../shared/verify/verify-index.ts'
import { fetchSignatures, type LocatedArtifact } from './artifact-signatures.ts'
import type { Deps } from './deps.ts'
import { INDEX_TIMEOUT_MS } from './limits.ts'

/** What a caller may ask for of each artifact. */
export type VerificationWishes = Pick<ArtifactToVerify, 'userMetadata' | 'stopAtFirst'>

/** The index as the artifact that it is, its children, both, or the children of a platform. */
export const indexSchema = z.union([
  z.enum(['index', 'children', 'both']),
  z
    .string()
    .max(100)
    .refine(
      (text) => parseWantedPlatform(text) !== undefined,
      'must be "index", "children", "both" or a platform such as "linux/arm64"',
    ),
])

const HANDLINGS: ReadonlyMap<string, IndexHandling> = new Map([
  ['children', { includesIndex: false }],
  ['both', { includesIndex: true }],
])

/**
 * Verifies the children of a located index, and with "both" the index.
 *
 * @param index - anything that indexSchema takes but "index"
 * @throws {NotationError} what verifyIndex throws; `registry-timeout` after INDEX_TIMEOUT_MS
 */
export function verifyChildren(
  located: LocatedArtifact,
  index: string,
  wishes: VerificationWishes,
  dependencies: VerificationDependencies,
  { now }: Deps,
): Promise<IndexVerdict> {
  const refuseLate = createDeadline(now)
  return verifyIndex(
    {
      ...located.artifact,
      ...wishes,
      handling: handlingOf(index),
      fetchIndex(descriptor) {
        refuseLate()
        return located.registry.fetchManifest(located.repository, descriptor)
      },
      async *findSignatures(descriptor: Descriptor) {
        refuseLate()
        for await (const signature of fetchSignatures(located, descriptor)) {
          yield signature
          refuseLate()
        }
      },
    },
    dependencies,
  )
}

function handlingOf(index: string): IndexHandling {
  const handling = HANDLINGS.get(index)
  if (handling !== undefined) return handling
  const platform = parseWantedPlatform(index)
  // The schema let through nothing else; a slip there must not become "all children".
  if (platform === undefined)
    throw new NotationError('request-invalid', 'Cannot use the request: "index" is no platform')
  return { includesIndex: false, platform }
}

/** Each exchange with the registry has its own time limit, but there may be hundreds. */
function createDeadline(now: () => Date): () => void {
  const end = now().getTime() + INDEX_TIMEOUT_MS
  return () => {
    if (now().getTime() < end) return
    throw new NotationError(
      'registry-timeout',
      `Cannot verify the index and its children: not all were fetched within ${INDEX_TIMEOUT_MS} ms`,
    )
  }
}
