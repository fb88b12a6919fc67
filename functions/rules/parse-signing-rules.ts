// Reads signing-rules.json, and holds it against CONFIG and the trust policy: what is wrong is named at start.

import { decodeUtf8 } from '../../shared/bytes.ts'
import { NotationError } from '../../shared/errors.ts'
import { parseJson } from '../../shared/json.ts'
import type { VerificationType } from '../../shared/policy/levels.ts'
import type { TrustBundle } from '../../shared/policy/trust-bundle.ts'
import type { Configuration } from '../configuration.ts'
import { createGlobMatcher, findGlobFault } from '../glob.ts'
import type { ProfileRequest } from '../signing/subject-state.ts'
import type { SigningRule, SigningRules } from './signing-rule.ts'
import { signingRulesSchema, type WrittenRule } from './signing-rules-schema.ts'

/** What rules refer to. */
export interface RulesContext extends Pick<Configuration, 'registries' | 'timestampAuthorities'> {
  readonly trustBundle: TrustBundle | undefined
}

/** A host is written out: a glob in its place would be a wish to speak to hosts that nobody configured. */
const LITERAL_HOST = /^[a-zA-Z0-9.-]+(:[0-9]{1,5})?$|^\[[0-9a-fA-F:]+\](:[0-9]{1,5})?$/

/**
 * Reads a document of rules.
 *
 * @param bytes - JSON, UTF-8
 * @throws {NotationError} `configuration-invalid`, naming the setting
 */
export function parseSigningRules(bytes: Uint8Array, context: RulesContext): SigningRules {
  const document = signingRulesSchema.safeParse(readJson(bytes))
  if (!document.success) {
    const issue = document.error.issues[0]
    throw invalid(issue?.path.join('.') ?? '', issue?.message ?? 'unreadable')
  }
  const { rules } = document.data
  const names = rules.map(({ name }) => name)
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice !== -1) throw invalid(`rules.${twice}.name`, 'is that of a rule before it')
  return { rules: rules.map((rule, i) => readRule(rule, `rules.${i}`, context)) }
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJson(decodeUtf8(bytes))
  } catch (cause) {
    throw new NotationError(
      'configuration-invalid',
      'Cannot read the signing rules: they are no well-formed JSON',
      { cause },
    )
  }
}

function readRule(rule: WrittenRule, setting: string, context: RulesContext): SigningRule {
  const { repositories, excludeRepositories = [], tags = ['*'], excludeTags = [] } = rule
  checkRepositories(repositories, `${setting}.repositories`, context)
  checkRepositories(excludeRepositories, `${setting}.excludeRepositories`, context)
  checkTags(tags, `${setting}.tags`)
  checkTags(excludeTags, `${setting}.excludeTags`)
  const { timestampAuthority } = rule
  if (timestampAuthority !== undefined && !context.timestampAuthorities.has(timestampAuthority))
    throw invalid(
      `${setting}.timestampAuthority`,
      'is no name of CONFIG setting "timestampAuthorities"',
    )
  const isIncluded = createRepositoryMatcher(repositories)
  const isExcluded = createRepositoryMatcher(excludeRepositories)
  const isTag = createGlobMatcher(tags)
  const isExcludedTag = createGlobMatcher(excludeTags)
  return {
    name: rule.name,
    repositories,
    matchesRepository: (repository) => isIncluded(repository) && !isExcluded(repository),
    excludesRepository: (repository) => isIncluded(repository) && isExcluded(repository),
    matchesTag: (tag) => isTag(tag) && !isExcludedTag(tag),
    excludesTag: (tag) => isTag(tag) && isExcludedTag(tag),
    untagged: rule.untagged,
    artifactTypes: rule.artifactTypes === undefined ? undefined : new Set(rule.artifactTypes),
    sign: rule.sign,
    profile: profileOf(rule),
    requiredStatement: requiredStatement(rule, setting, context),
    maxSignaturesPerDay: rule.maxSignaturesPerDay,
  }
}

/** Excluded ones too: one that could never match would let be signed what somebody meant to leave out. */
function checkRepositories(
  globs: readonly string[],
  setting: string,
  { registries }: RulesContext,
): void {
  for (const [i, glob] of globs.entries()) {
    const where = `${setting}.${i}`
    const { host, path } = splitHost(glob)
    if (path === '')
      throw invalid(where, 'must be host/repository, such as "registry.example.com/team/**"')
    if (!LITERAL_HOST.test(host)) throw invalid(where, 'must begin with a host that is written out')
    if (!registries.has(host))
      throw invalid(where, 'begins with no host of CONFIG setting "registries"')
    const fault = findGlobFault(path)
    if (fault !== undefined) throw invalid(where, fault)
  }
}

function checkTags(globs: readonly string[], setting: string): void {
  for (const [i, glob] of globs.entries()) {
    const fault = findGlobFault(glob)
    if (fault !== undefined) throw invalid(`${setting}.${i}`, fault)
    if (/[/:]/.test(glob))
      throw invalid(`${setting}.${i}`, 'must have no "/" and no ":", as no tag has')
  }
}

/** The host is compared, never matched. */
function createRepositoryMatcher(globs: readonly string[]): (repository: string) => boolean {
  const parts = globs.map(splitHost)
  const matchers = new Map(
    [...new Set(parts.map(({ host }) => host))].map((host) => [
      host,
      createGlobMatcher(parts.filter((part) => part.host === host).map(({ path }) => path)),
    ]),
  )
  return (repository) => {
    const { host, path } = splitHost(repository)
    return matchers.get(host)?.(path) ?? false
  }
}

/** What is before the first slash, and what is after it. */
function splitHost(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf('/')
  return slash === -1
    ? { host: name, path: '' }
    : { host: name.slice(0, slash), path: name.slice(slash + 1) }
}

/** What a signature that is waited for must not fail: else anybody who may push could make it. */
const MUST_ENFORCE: readonly VerificationType[] = ['integrity', 'authenticity']

function requiredStatement(
  { name: rule, require }: WrittenRule,
  setting: string,
  { trustBundle }: RulesContext,
): string | undefined {
  if (require === undefined) return undefined
  const { signedBy } = require
  const refuse = (found: string): NotationError =>
    invalid(`${setting}.require.signedBy`, `of rule "${rule}" names "${signedBy}", ${found}`)
  const statement = trustBundle?.trustPolicy.statements.find(({ name }) => name === signedBy)
  if (statement === undefined) throw refuse('which is no statement of the trust policy')
  const { actions } = statement.signatureVerification.level
  const lax = MUST_ENFORCE.find((type) => actions[type] !== 'enforce')
  if (lax === undefined) return signedBy
  throw refuse(
    `a statement with ${lax} at "${actions[lax]}", so that anyone's signature would do; it must be "enforce"`,
  )
}

function profileOf({
  keyId,
  signatureMediaType,
  timestampAuthority,
  expirySeconds,
  userMetadata,
}: WrittenRule): ProfileRequest {
  return {
    keyId,
    signatureMediaType,
    ...(timestampAuthority === undefined ? {} : { timestampAuthority }),
    ...(expirySeconds === undefined ? {} : { expirySeconds }),
    ...(userMetadata === undefined ? {} : { userMetadata }),
  }
}

function invalid(setting: string, found: string): NotationError {
  const place = setting === '' ? 'the document' : `"${setting}"`
  return new NotationError(
    'configuration-invalid',
    `Cannot use the signing rules: ${place} ${found}`,
  )
}
