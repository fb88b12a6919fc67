// The verdict on an index with its children, or on its children alone. Each child is an artifact with
// signatures of its own; where these come from is left to the caller.

import type { Descriptor } from '../descriptor.ts'
import { isNotationError, type NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { MAX_CHILDREN_AT_ONCE, MAX_INDEX_SIGNATURES, MAX_SIGNATURES } from '../limits.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import { isImageIndex } from '../registry/image-index.ts'
import { formatPlatform, type Platform, type WantedPlatform } from '../registry/platform.ts'
import { countArtifacts, type FetchIndex, type IndexNode, readIndexTree } from './index-tree.ts'
import type { ArtifactVerdict, RejectionCode } from './outcome.ts'
import { decideByPolicy } from './policy-decision.ts'
import {
  type ArtifactToVerify,
  type FoundSignatures,
  type VerificationDependencies,
  verifyArtifact,
} from './verify-artifact.ts'

/** What of an index is to be verified. */
export interface IndexHandling {
  /** Whether the index itself, and each index in it, needs a signature too. */
  readonly includesIndex: boolean
  /** Which children do; all unless given. */
  readonly platform?: WantedPlatform
}

/** An index that is to be verified with its children, or whose children are. */
export interface IndexToVerify extends Omit<ArtifactToVerify, 'signatures'> {
  readonly handling: IndexHandling
  readonly fetchIndex: FetchIndex
  /** All signatures of an artifact of the same repository. */
  readonly findSignatures: (descriptor: Descriptor) => FoundSignatures
}

/** For what a child is, as its index says. */
export interface NamedPlatform {
  /** `os/architecture` or `os/architecture/variant`. */
  readonly platform?: string
  /** Where there is one: what tells apart children for one platform. */
  readonly osVersion?: string
  readonly osFeatures?: readonly string[]
}

/** A verdict that says what it made of children. */
export interface IndexVerdict extends ArtifactVerdict, NamedPlatform {
  /** Of an index: the verdicts on all children that were to be verified, in its order. */
  readonly children?: readonly IndexVerdict[]
  /** Of an index: children that were not, and why. */
  readonly childrenSkipped?: readonly SkippedChildAnswer[]
}

/** A child on which there is no verdict. */
export interface SkippedChildAnswer extends NamedPlatform {
  readonly artifact: ArtifactVerdict['artifact']
  readonly reason: 'attestation' | 'platform'
}

interface IndexContext {
  readonly toVerify: IndexToVerify
  readonly dependencies: VerificationDependencies
  readonly policy: ArtifactVerdict['policy']
}

/**
 * Verifies the children of an index, and the index itself where that is wanted: verified when each of them is, and
 * there is one at least.
 *
 * Where the index itself is not verified its children were named by nobody who is trusted: each verdict then stands for
 * the child's own digest, and nothing says that these children belong together.
 *
 * What is no index has no children: with `includesIndex` its own verdict is all, else it is rejected.
 * MAX_INDEX_SIGNATURES are shared out evenly among the artifacts, `maxSignatures` at most to each.
 *
 * @throws {NotationError} what verifyArtifact and readIndexTree throw: the whole is inconclusive when one of its parts is
 */
export async function verifyIndex(
  toVerify: IndexToVerify,
  dependencies: VerificationDependencies,
): Promise<IndexVerdict> {
  const { reference, descriptor, handling, fetchIndex } = toVerify
  const artifact = { reference, descriptor }
  const decision = decideByPolicy(artifact, dependencies.bundle)
  if ('verdict' in decision) return { ...decision.verdict, children: [] }
  const { policy } = decision
  if (!isImageIndex(descriptor.mediaType)) {
    const context = { toVerify, dependencies, policy }
    if (handling.includesIndex) return { ...(await verifyNode(artifact, context)), children: [] }
    const message = `${quoteGo(reference)} is no index: it has media type ${quoteGo(descriptor.mediaType)}`
    return { ...unsigned(artifact, policy), ...rejected('index-missing', message), children: [] }
  }
  const tree = await readIndexTree(descriptor, handling.platform, fetchIndex)
  const share = Math.floor(MAX_INDEX_SIGNATURES / countArtifacts(tree))
  const maxSignatures = Math.min(share, dependencies.maxSignatures ?? MAX_SIGNATURES)
  const context = { toVerify, dependencies: { ...dependencies, maxSignatures }, policy }
  return verifyTree(tree, context)
}

async function verifyTree(node: IndexNode, context: IndexContext): Promise<IndexVerdict> {
  const { descriptor, platform, children, skipped, fault } = node
  const { toVerify, policy } = context
  const artifact = siblingOf(toVerify, descriptor)
  const named = namedPlatform(platform)
  if (children === undefined) return { ...named, ...(await verifyChild(artifact, context)) }
  const own = toVerify.handling.includesIndex
    ? await verifyChild(artifact, context)
    : unsigned(artifact, policy)
  const verdicts = await mapConcurrently(children, MAX_CHILDREN_AT_ONCE, (child) =>
    verifyTree(child, context),
  )
  return {
    ...named,
    ...own,
    ...(own.verified ? verdictOnChildren(verdicts, fault) : {}),
    children: verdicts,
    ...(skipped.length === 0
      ? {}
      : { childrenSkipped: skipped.map((child) => skippedAnswer(child, toVerify)) }),
  }
}

function verifyNode(
  artifact: ArtifactVerdict['artifact'],
  { toVerify, dependencies }: IndexContext,
): Promise<ArtifactVerdict> {
  const { userMetadata, stopAtFirst = false, findSignatures } = toVerify
  const signatures = findSignatures(artifact.descriptor)
  const metadata = userMetadata === undefined ? {} : { userMetadata }
  return verifyArtifact({ ...artifact, signatures, stopAtFirst, ...metadata }, dependencies)
}

/**
 * A child whose list of signatures cannot be read is rejected, and not the answer on all the others lost with it: whoever
 * may push can leave such a list. Of what was asked about itself nothing else is known, so that this is thrown.
 */
async function verifyChild(
  artifact: ArtifactVerdict['artifact'],
  context: IndexContext,
): Promise<ArtifactVerdict> {
  const { toVerify } = context
  if (artifact.descriptor.digest === toVerify.descriptor.digest)
    return verifyNode(artifact, context)
  let fault: NotationError | undefined
  async function* findReadable(descriptor: Descriptor) {
    try {
      yield* toVerify.findSignatures(descriptor)
    } catch (cause) {
      if (!isNotationError(cause, 'registry-answer-invalid')) throw cause
      fault = cause
    }
  }
  const readable = { ...toVerify, findSignatures: findReadable }
  const verdict = await verifyNode(artifact, { ...context, toVerify: readable })
  if (fault === undefined) return verdict
  if (verdict.verified) return { ...verdict, signaturesNotChecked: 'unreadable' }
  return { ...verdict, ...rejected('signatures-unreadable', fault.message) }
}

/** The index where nothing is asked of itself. */
function unsigned(
  artifact: ArtifactVerdict['artifact'],
  policy: ArtifactVerdict['policy'],
): ArtifactVerdict {
  return { verified: true, artifact, policy, signatures: [] }
}

function verdictOnChildren(
  verdicts: readonly IndexVerdict[],
  fault: IndexNode['fault'],
): Pick<ArtifactVerdict, 'verified' | 'code' | 'message'> {
  if (fault !== undefined) return rejected(fault.code, fault.message)
  const bad = verdicts.filter(({ verified }) => !verified)
  const [first] = bad
  if (first === undefined) return { verified: true }
  const place = quoteGo(first.artifact.reference)
  return rejected(
    'children-rejected',
    `${bad.length} of ${verdicts.length} children are not verified; the first is ${place}: ${first.message ?? ''}`,
  )
}

function rejected(
  code: RejectionCode,
  message: string,
): Pick<ArtifactVerdict, 'verified' | 'code' | 'message'> {
  return { verified: false, code, message }
}

function siblingOf(
  { reference }: IndexToVerify,
  descriptor: Descriptor,
): ArtifactVerdict['artifact'] {
  const repository = reference.slice(0, reference.lastIndexOf('@'))
  return { reference: `${repository}@${descriptor.digest}`, descriptor }
}

function skippedAnswer(
  { descriptor, platform, reason }: IndexNode['skipped'][number],
  toVerify: IndexToVerify,
): SkippedChildAnswer {
  const artifact = siblingOf(toVerify, descriptor)
  return { artifact, ...namedPlatform(platform), reason }
}

function namedPlatform(platform: Platform | undefined): NamedPlatform {
  if (platform === undefined) return {}
  const { osVersion, osFeatures } = platform
  return {
    platform: formatPlatform(platform),
    ...(osVersion === undefined ? {} : { osVersion }),
    ...(osFeatures === undefined ? {} : { osFeatures }),
  }
}
