// From one repository of a sweep to the next: the repositories that the rules write out, and those that a catalogue
// lists and a glob names.

import { isNotationError } from '../../shared/errors.ts'
import type { Registry } from '../../shared/registry/client.ts'
import type { ListingPage } from '../../shared/registry/listing.ts'
import type { SigningRules } from '../rules/signing-rule.ts'
import type { SweepError, SweepPosition } from './sweep-run.ts'

/** What going on found. */
export interface Advance {
  readonly position: SweepPosition
  readonly errors?: readonly SweepError[]
}

const GLOB_CHARACTERS = /[*?{}]/

/**
 * Goes on to the next repositories: those of the next registry that the rules write out, or the next page of a catalogue.
 *
 * @throws {NotationError} the registry's codes
 */
export async function advance(
  position: SweepPosition,
  rules: SigningRules,
  registryOf: (host: string) => Registry,
): Promise<Advance> {
  const { registry, catalogue } = position
  if (registry === undefined || catalogue === undefined) return enterRegistry(position, rules)
  const page = await readCatalogue(registryOf(registry), catalogue.last)
  if ('fault' in page)
    return {
      position: { ...position, ...LEFT },
      errors: withoutCatalogue(registry, rules, page.fault),
    }
  const literal = new Set(literalRepositories(registry, rules))
  const named = page.names.filter(
    (name) =>
      !literal.has(name) &&
      rules.rules.some(({ matchesRepository }) => matchesRepository(`${registry}/${name}`)),
  )
  const next = page.last === undefined ? undefined : { last: page.last }
  const isLast = next === undefined && named.length === 0
  return {
    position: {
      ...position,
      repositories: named,
      catalogue: next,
      ...(isLast ? LEFT : {}),
    },
  }
}

/** Some registries have no catalogue, and some show it to administrators alone. */
async function readCatalogue(
  registry: Registry,
  last: string | undefined,
): Promise<ListingPage | { readonly fault: string }> {
  try {
    return (
      (await registry.listRepositories(last)) ?? { fault: 'the registry lists no repositories' }
    )
  } catch (cause) {
    if (isNotationError(cause, 'registry-denied', 'registry-answer-invalid'))
      return { fault: `the registry does not list its repositories (${cause.message})` }
    throw cause
  }
}

/** The registry is done with. */
const LEFT = { registry: undefined, catalogue: undefined } as const

function enterRegistry(position: SweepPosition, rules: SigningRules): Advance {
  const [registry, ...registries] = position.registries
  if (registry === undefined)
    return { position: { ...position, ...LEFT, repositories: [], registries: [] } }
  const hasGlobs = globsOf(registry, rules).length > 0
  const repositories = literalRepositories(registry, rules)
  return {
    position: {
      ...position,
      registry,
      repositories,
      catalogue: hasGlobs ? {} : undefined,
      registries,
    },
  }
}

/** Repositories that rules write out, without the host, each once. */
function literalRepositories(registry: string, rules: SigningRules): readonly string[] {
  const written = repositoriesOf(registry, rules).filter((name) => !GLOB_CHARACTERS.test(name))
  return [...new Set(written)]
}

function globsOf(registry: string, rules: SigningRules): readonly string[] {
  return repositoriesOf(registry, rules).filter((name) => GLOB_CHARACTERS.test(name))
}

function repositoriesOf(registry: string, { rules }: SigningRules): readonly string[] {
  return rules
    .flatMap(({ repositories }) => repositories)
    .filter((repository) => repository.startsWith(`${registry}/`))
    .map((repository) => repository.slice(registry.length + 1))
}

/** One for each rule with a glob there. */
function withoutCatalogue(
  registry: string,
  rules: SigningRules,
  fault: string,
): readonly SweepError[] {
  return rules.rules
    .filter((rule) => globsOf(registry, { rules: [rule] }).length > 0)
    .map(({ name }) => ({
      rule: name,
      registry,
      code: 'catalogue-missing',
      message: `${fault}, so a sweep cannot expand the globs of this rule; write its repositories out`,
    }))
}
