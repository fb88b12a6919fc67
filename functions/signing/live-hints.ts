// Which hints hold still: the registry decides what the tags that hints named point to now, those of the artifact and
// those of the indexes that list it.

import { isNotationError } from '../../shared/errors.ts'
import type { Registry } from '../../shared/registry/client.ts'
import type { SigningRule } from '../rules/signing-rule.ts'
import type { Subject } from './subject.ts'
import type { SubjectHints } from './subject-state.ts'
import type { ParentHint, TaggedRoot } from './task.ts'

/** What rules are asked with. */
export type TagHints = Pick<SubjectHints, 'tags' | 'parents'>

/** Where tags are asked for. */
export interface TagScene {
  readonly registry: Registry
  readonly subject: Subject
  /** A tag that has just been pushed: a registry that does not have it is behind its own event. */
  readonly awaitedTag: string | undefined
}

/**
 * The hints that hold, of those that one of the rules names. Each tag is asked for once.
 *
 * @throws {NotationError} `artifact-unknown` for the awaited tag; the registry's codes
 */
export async function findLiveHints(
  { tags, parents }: TagHints,
  rules: readonly SigningRule[],
  scene: TagScene,
): Promise<TagHints> {
  const own = tags.map((tag) => ({ tag, digest: scene.subject.digest }))
  const named = [...own, ...rootsOf(parents)].filter(({ tag }) =>
    rules.some((rule) => rule.matchesTag(tag)),
  )
  const distinct = [...new Set(named.map(({ tag }) => tag))]
  const digests = await Promise.all(distinct.map((tag) => resolveTag(tag, scene)))
  const pointsTo = new Map(distinct.map((tag, i) => [tag, digests[i]]))
  const isLive = ({ tag, digest }: TaggedRoot): boolean => pointsTo.get(tag) === digest
  return {
    tags: own.filter(isLive).map(({ tag }) => tag),
    parents: parents.map((parent) =>
      parent.roots === undefined ? parent : { ...parent, roots: parent.roots.filter(isLive) },
    ),
  }
}

/** The tags above a manifest. */
export function rootsOf(parents: readonly ParentHint[]): readonly TaggedRoot[] {
  return parents.flatMap(({ roots = [] }) => roots)
}

/** Names of the rules that a manifest is signed by because of the indexes that list it. */
export function parentRulesOf(
  parents: readonly ParentHint[],
  rules: readonly SigningRule[],
): readonly string[] {
  const isNamed = ({ name, untagged, matchesTag }: SigningRule): boolean =>
    parents.some(
      (parent) =>
        parent.rules.includes(name) &&
        // What was pushed by digest alone has no tag that could move.
        (untagged || parent.roots === undefined || parent.roots.some(({ tag }) => matchesTag(tag))),
    )
  return rules.filter(isNamed).map(({ name }) => name)
}

async function resolveTag(
  tag: string,
  { registry, subject, awaitedTag }: TagScene,
): Promise<string | undefined> {
  try {
    const { registry: host, repository } = subject
    return (await registry.resolve({ registry: host, repository, tag })).digest
  } catch (cause) {
    if (isNotationError(cause, 'artifact-unknown') && tag !== awaitedTag) return undefined
    throw cause
  }
}
