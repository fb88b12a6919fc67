// An index and what lies in it, as far as it is to be verified: read from the registry whole before any
// signature is, so that counts are known and bounded.

import type { Descriptor } from '../descriptor.ts'
import { isNotationError } from '../errors.ts'
import { MAX_INDEX_CHILDREN, MAX_INDEX_DEPTH } from '../limits.ts'
import { type IndexChild, isImageIndex, parseImageIndex } from '../registry/image-index.ts'
import {
  formatPlatform,
  isWantedPlatform,
  type Platform,
  type WantedPlatform,
} from '../registry/platform.ts'
import type { RejectionCode } from './outcome.ts'

/** An index, or an image in one. */
export interface IndexNode {
  readonly descriptor: Descriptor
  readonly platform?: Platform
  /** Of an index: what is to be verified. Left out for anything else. */
  readonly children?: readonly IndexNode[]
  /** Of an index: what is not. */
  readonly skipped: readonly SkippedChild[]
  /** Why the children of an index are not known. */
  readonly fault?: IndexFault
}

/** A child that is not looked at. */
export interface SkippedChild {
  readonly descriptor: Descriptor
  readonly platform?: Platform
  /** `attestation`: it belongs to an image and is none; `platform`: it is for another one. */
  readonly reason: 'attestation' | 'platform'
}

/** What is wrong with an index. */
export interface IndexFault {
  readonly code: RejectionCode
  readonly message: string
}

/** Fetches a manifest whose bytes have the descriptor's digest and size; throws what Registry.fetchManifest does. */
export type FetchIndex = (
  descriptor: Descriptor,
) => Promise<{ readonly mediaType: string; readonly bytes: Uint8Array }>

interface Reading {
  readonly fetch: FetchIndex
  readonly wanted: WantedPlatform | undefined
  readonly count: { named: number }
}

/** What can be wrong with one index while the registry is well. */
const FAULTS_OF_ONE_INDEX = ['artifact-unknown', 'registry-answer-invalid'] as const

/**
 * Reads an index and the indexes in it.
 *
 * With a wanted platform children of others are skipped; those that name none are not, because a runtime may find that
 * they are for it. Attestations are skipped unless their own platform, "unknown/unknown", is the wanted one.
 *
 * @param descriptor - an index's
 * @throws {NotationError} what fetching throws, except where the fault is that of an index within another
 */
export async function readIndexTree(
  descriptor: Descriptor,
  wanted: WantedPlatform | undefined,
  fetch: FetchIndex,
): Promise<IndexNode> {
  const root = await readIndex({ descriptor }, 1, { fetch, wanted, count: { named: 0 } })
  if (root.fault !== undefined) return root
  if (wanted !== undefined && !namesPlatform(root, wanted)) {
    const found = `no child of the index names platform "${formatPlatform(wanted)}"`
    return { ...root, children: [], fault: { code: 'platform-missing', message: found } }
  }
  return root
}

/** How many artifacts a tree has that signatures are looked for. */
export function countArtifacts({ children }: IndexNode): number {
  return (children ?? []).reduce((sum, child) => sum + countArtifacts(child), 1)
}

/** @param level - of its children, 1 for those of the index that was asked about */
async function readIndex(
  node: Pick<IndexNode, 'descriptor' | 'platform'>,
  level: number,
  reading: Reading,
): Promise<IndexNode> {
  if (level > MAX_INDEX_DEPTH)
    return faulty(
      node,
      'index-too-large',
      `it lies more than ${MAX_INDEX_DEPTH - 1} deep in others`,
    )
  const listed = await fetchChildren(node.descriptor, level, reading)
  if ('code' in listed) return faulty(node, listed.code, listed.message)
  reading.count.named += listed.length
  if (reading.count.named > MAX_INDEX_CHILDREN)
    return faulty(node, 'index-too-large', `more than ${MAX_INDEX_CHILDREN} children are named`)
  const children: IndexNode[] = []
  const skipped: SkippedChild[] = []
  for (const { isAttestation, ...child } of listed) {
    const reason = reasonToSkip({ isAttestation, ...child }, reading.wanted)
    const nested = isImageIndex(child.descriptor.mediaType)
    const found =
      reason === undefined && nested
        ? await readIndex(child, level + 1, reading)
        : { ...child, skipped: [] }
    if (reason !== undefined || isEmpty(found))
      skipped.push({ ...child, reason: reason ?? 'platform' })
    else children.push(found)
  }
  const isForOthers = reading.wanted !== undefined
  if (children.length > 0 || isForOthers) return { ...node, children, skipped }
  return { ...faulty(node, 'children-missing', 'the index names no image'), skipped }
}

/** Whether all that an index names is for other platforms. */
function isEmpty({ children, fault }: IndexNode): boolean {
  return children?.length === 0 && fault === undefined
}

function reasonToSkip(
  { platform, isAttestation }: IndexChild,
  wanted: WantedPlatform | undefined,
): SkippedChild['reason'] | undefined {
  if (wanted === undefined) return isAttestation ? 'attestation' : undefined
  if (platform === undefined || isWantedPlatform(platform, wanted)) return undefined
  return isAttestation ? 'attestation' : 'platform'
}

async function fetchChildren(
  descriptor: Descriptor,
  level: number,
  { fetch }: Reading,
): Promise<readonly IndexChild[] | IndexFault> {
  try {
    const { mediaType, bytes } = await fetch(descriptor)
    if (mediaType === descriptor.mediaType) return parseImageIndex(bytes, mediaType)
    const found = `the registry serves the index as "${mediaType}", wanted "${descriptor.mediaType}"`
    return { code: 'index-malformed', message: found }
  } catch (cause) {
    if (isNotationError(cause, 'encoding-invalid'))
      return { code: 'index-malformed', message: cause.message }
    // What was resolved a moment ago and cannot be had is the registry's fault; what an index names may never have been.
    if (level === 1 || !isNotationError(cause, ...FAULTS_OF_ONE_INDEX)) throw cause
    return { code: 'index-missing', message: cause.message }
  }
}

function namesPlatform({ platform, children }: IndexNode, wanted: WantedPlatform): boolean {
  if (children !== undefined) return children.some((child) => namesPlatform(child, wanted))
  return platform !== undefined && isWantedPlatform(platform, wanted)
}

function faulty(
  node: Pick<IndexNode, 'descriptor' | 'platform'>,
  code: RejectionCode,
  message: string,
): IndexNode {
  return { ...node, children: [], skipped: [], fault: { code, message } }
}
