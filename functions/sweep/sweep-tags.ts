// A page of the tags of one repository: which of them are due, and which are left of images that are gone.

import { isNotationError } from '../../shared/errors.ts'
import type { Registry } from '../../shared/registry/client.ts'
import type { SigningEngine } from '../signing/engine.ts'
import { registryOfHost, type SigningWorld } from '../signing/signing-world.ts'
import type { Look } from '../signing/task.ts'
import { type Due, type DueDeps, findDue } from './find-due.ts'
import { takeFromRotationBudget } from './rotation-budget.ts'
import { createRuleLeaves } from './rule-leaves.ts'
import type { StepFindings, SweepRun } from './sweep-run.ts'

/** Tags at once: registries have other clients. */
const CONCURRENT_TAGS = 8
/** After so many, a step of a run leaves the rest of its page to the next: each costs up to three requests, and platforms
 * allow an invocation a thousand. */
const MAX_ARTIFACTS_PER_STEP = 100
const REFERRERS_TAG = /^(sha256|sha384|sha512)-([0-9a-f]{64,128})$/

/** A repository. */
export interface SweptRepository {
  readonly registry: string
  readonly repository: string
}

interface SweptTag {
  readonly tag: string
  readonly digest?: string
  readonly due?: Due
  readonly isOrphaned?: boolean
}

/**
 * Sweeps the page of tags that a run has come to.
 *
 * @throws {NotationError} the codes of registry and signer
 */
export async function sweepTags(
  swept: SweptRepository,
  { position, dryRun }: SweepRun,
  engine: SigningEngine,
  world: SigningWorld,
): Promise<StepFindings> {
  const { repository, registry: host } = swept
  const registry = registryOfHost(host, world)
  const page = await findTags(registry, repository, position.lastTag)
  const leaves = createRuleLeaves(world)
  let artifacts = 0
  const onArtifact = (): void => {
    artifacts += 1
  }
  const deps = { registry, engine, world, findLeaf: leaves.find, onArtifact }
  const found: SweptTag[] = []
  const rest = namesAfter(position.pageTag, page.names)
  while (found.length < rest.length && artifacts < MAX_ARTIFACTS_PER_STEP) {
    const some = rest.slice(found.length, found.length + CONCURRENT_TAGS)
    found.push(...(await Promise.all(some.map((tag) => sweepTag(tag, swept, deps)))))
  }
  const due = found.filter((tag) => tag.due !== undefined)
  const { admitted, postponed } = await takeFromRotationBudget(due, dryRun, engine, world.now())
  const name = `${host}/${repository}`
  const isPageDone = found.length === rest.length
  const next = isPageDone
    ? nextPage(position, page.last)
    : { ...position, pageTag: found.at(-1)?.tag }
  return {
    position: next,
    repositories: isPageDone && page.last === undefined ? 1 : 0,
    tags: found.length,
    due: due.map(({ tag, due: found }) => ({
      reference: `${name}:${tag}`,
      reason: found?.reason ?? 'unsigned',
    })),
    postponed,
    orphanedTags: found.filter(({ isOrphaned }) => isOrphaned).map(({ tag }) => `${name}:${tag}`),
    errors: [...leaves.faults].map(([rule, { code, message }]) => ({
      rule,
      registry: host,
      code,
      message,
    })),
    looks: admitted.map((tag) => ({ task: lookAt(tag, swept, world.now()) })),
  }
}

/** Of a page that a step before has begun: it is asked for again, since not every registry lists from any tag on. */
function namesAfter(tag: string | undefined, names: readonly string[]): readonly string[] {
  return tag === undefined ? names : names.slice(names.indexOf(tag) + 1)
}

function nextPage(
  { pageTag: _, ...position }: SweepRun['position'],
  lastTag: string | undefined,
): SweepRun['position'] {
  if (lastTag !== undefined) return { ...position, lastTag }
  const [, ...repositories] = position.repositories
  return leave({ ...position, repositories, lastTag: undefined })
}

/** A repository that a rule writes out need not be there yet. */
async function findTags(
  registry: Registry,
  repository: string,
  last: string | undefined,
): ReturnType<Registry['listTags']> {
  try {
    return await registry.listTags(repository, last)
  } catch (cause) {
    if (isNotationError(cause, 'artifact-unknown')) return { names: [], last: undefined }
    throw cause
  }
}

async function sweepTag(
  tag: string,
  { registry: host, repository }: SweptRepository,
  deps: DueDeps,
): Promise<SweptTag> {
  const { registry } = deps
  const [, algorithm, hex] = REFERRERS_TAG.exec(tag) ?? []
  if (hex !== undefined)
    return { tag, isOrphaned: !(await isThere(`${algorithm}:${hex}`, host, repository, registry)) }
  // Any other tag that begins so is another tool's list.
  if (/^sha(256|384|512)-/.test(tag)) return { tag }
  try {
    const descriptor = await registry.resolve({ registry: host, repository, tag })
    const { digest } = descriptor
    const due = await findDue({ registry: host, repository, digest }, { descriptor, tag }, deps)
    return due === undefined ? { tag } : { tag, digest, due }
  } catch (cause) {
    // Deleted meanwhile, or a manifest that nobody can read: no other tag waits for it.
    if (isNotationError(cause, 'artifact-unknown', 'encoding-invalid')) return { tag }
    throw cause
  }
}

async function isThere(
  digest: string,
  host: string,
  repository: string,
  registry: Registry,
): Promise<boolean> {
  try {
    await registry.resolve({ registry: host, repository, digest })
    return true
  } catch (cause) {
    if (isNotationError(cause, 'artifact-unknown')) return false
    throw cause
  }
}

/** After the last repository of a registry without more pages of a catalogue, the registry is done with. */
function leave(position: SweepRun['position']): SweepRun['position'] {
  const isLeft = position.repositories.length === 0 && position.catalogue === undefined
  return isLeft ? { ...position, registry: undefined } : position
}

function lookAt(
  { tag, digest }: SweptTag,
  { registry, repository }: SweptRepository,
  now: Date,
): Look {
  return {
    kind: 'look',
    registry,
    repository,
    ...(digest === undefined ? {} : { digest }),
    tag,
    reason: 'sweep',
    heardAt: now.toISOString(),
  }
}
