import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ArtifactFacts,
  explainRules,
  NOT_APPLYING,
} from '../../../functions/rules/match-rules.ts'
import { parseSigningRules } from '../../../functions/rules/parse-signing-rules.ts'
import type { SigningRules } from '../../../functions/rules/signing-rule.ts'

const HOST = 'registry.example.com'
const CHART = 'application/vnd.cncf.helm.config.v1+json'
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json'
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const RULE = { name: 'all', repositories: [`${HOST}/team/**`], keyId: 'my-key' }
const REGISTRY = {
  host: HOST,
  credentials: undefined,
  publicRepositories: [],
  plainHttp: false,
  trustedRealms: [],
}

function readRules(rules: readonly object[]): SigningRules {
  const written = JSON.stringify({ version: '1.0', rules })
  return parseSigningRules(new TextEncoder().encode(written), {
    registries: new Map([[HOST, REGISTRY]]),
    timestampAuthorities: new Map(),
    trustBundle: undefined,
  })
}

const IMAGE: ArtifactFacts = {
  repository: `${HOST}/team/app`,
  tags: ['v1'],
  isUntagged: false,
  parentRules: [],
  isReferrer: false,
  isIndex: false,
  artifactType: OCI_CONFIG,
}
const INDEX = { isIndex: true, artifactType: undefined }
const ITSELF = { applies: true, signsItself: true, signsChildren: false }
const CHILDREN = { applies: true, signsItself: false, signsChildren: true }
const BOTH = { applies: true, signsItself: true, signsChildren: true }
const notFor = (reason: string) => ({ applies: false, reason })

function decide(rule: object, facts: Partial<ArtifactFacts>): object | undefined {
  const [decision] = explainRules(readRules([{ ...RULE, ...rule }]), { ...IMAGE, ...facts })
  if (decision === undefined) return undefined
  const { rule: _, ...said } = decision
  return said
}

describe('explainRules()', () => {
  it.each<[string, object, Partial<ArtifactFacts>, object]>([
    ['an image', {}, {}, ITSELF],
    ["Docker's image", {}, { artifactType: DOCKER_CONFIG }, ITSELF],
    ['an index and its children', {}, INDEX, BOTH],
    ['an index alone', { sign: 'index' }, INDEX, ITSELF],
    ['children alone', { sign: 'children' }, INDEX, CHILDREN],
    ['an image whatever of an index is signed', { sign: 'children' }, {}, ITSELF],
    ['an image with a wanted tag among others', { tags: ['v*'] }, { tags: ['x', 'v1'] }, ITSELF],
    [
      'an image without a tag where the rule says so',
      { untagged: true },
      { tags: [], isUntagged: true },
      ITSELF,
    ],
    ['a child under its index', { tags: ['v*'] }, { tags: [], parentRules: ['all'] }, ITSELF],
    ['a type that the rule names', { artifactTypes: [CHART] }, { artifactType: CHART }, ITSELF],
    ['an index of its type', { artifactTypes: [CHART] }, { ...INDEX, artifactType: CHART }, BOTH],
    ['the charts of an index', { artifactTypes: [CHART] }, INDEX, CHILDREN],
    ['an index of images', { artifactTypes: [CHART, DOCKER_CONFIG] }, INDEX, BOTH],
    ['an index by its media type', { artifactTypes: [CHART, OCI_INDEX] }, INDEX, BOTH],
  ])('wants %s', (_, rule, facts, decision) => {
    expect(decide(rule, facts)).toEqual(decision)
  })

  it.each<[string, object, Partial<ArtifactFacts>, string]>([
    [
      'a signature',
      { artifactTypes: [CHART] },
      { isReferrer: true, artifactType: CHART },
      'referrer',
    ],
    ['another repository', {}, { repository: `${HOST}/other/app` }, 'repository'],
    [
      'an excluded repository',
      { excludeRepositories: [`${HOST}/team/a*`] },
      {},
      'repository-excluded',
    ],
    [
      'another repository than those that exclude it',
      { excludeRepositories: [`${HOST}/other/*`] },
      { repository: `${HOST}/other/app` },
      'repository',
    ],
    ['what is no image', {}, { artifactType: CHART }, 'artifact-type'],
    ['what has no type at all', {}, { artifactType: undefined }, 'artifact-type'],
    ['an image where charts are wanted', { artifactTypes: [CHART] }, {}, 'artifact-type'],
    [
      'an index without a type where charts alone are wanted',
      { artifactTypes: [CHART], sign: 'index' },
      INDEX,
      'artifact-type',
    ],
    ['an index of another type', {}, { ...INDEX, artifactType: CHART }, 'artifact-type'],
    ['another tag', { tags: ['v2*'] }, {}, 'tag'],
    [
      'another tag where untagged ones are wanted too',
      { tags: ['v2*'], untagged: true },
      {},
      'tag',
    ],
    ['an excluded tag', { excludeTags: ['v1'] }, {}, 'tag-excluded'],
    [
      'another tag than those of which some are excluded',
      { tags: ['a*'], excludeTags: ['v*'] },
      {},
      'tag',
    ],
    ['an image without a tag', {}, { tags: [], isUntagged: true }, 'untagged'],
    ['a child of another rule', {}, { tags: [], parentRules: ['other'] }, 'untagged'],
    [
      'a child where the index alone is wanted',
      { sign: 'index' },
      { tags: [], parentRules: ['all'] },
      'untagged',
    ],
    [
      'a child in an excluded repository',
      { excludeRepositories: [`${HOST}/team/app`] },
      { tags: [], parentRules: ['all'] },
      'repository-excluded',
    ],
    [
      'a chart that an index of images lists',
      {},
      { artifactType: CHART, tags: [], parentRules: ['all'] },
      'artifact-type',
    ],
  ])('does not want %s', (_, rule, facts, reason) => {
    expect(decide(rule, facts)).toEqual(notFor(reason))
  })
})

const ruleArbitrary = fc.record(
  {
    repositories: fc.subarray([`${HOST}/**`, `${HOST}/team/*`, `${HOST}/other/{a,b}`], {
      minLength: 1,
    }),
    excludeRepositories: fc.subarray([`${HOST}/team/secret`, `${HOST}/*/b`], { minLength: 1 }),
    tags: fc.subarray(['v*', 'latest', '*-rc?'], { minLength: 1 }),
    excludeTags: fc.subarray(['*-rc*', 'v0'], { minLength: 1 }),
    untagged: fc.boolean(),
    artifactTypes: fc.subarray([CHART, OCI_CONFIG, OCI_INDEX], { minLength: 1 }),
    sign: fc.constantFrom('index', 'children', 'both'),
  },
  { requiredKeys: ['repositories'] },
)
const rulesArbitrary = fc
  .array(ruleArbitrary, { maxLength: 4 })
  .map((rules) => rules.map((rule, i) => ({ ...RULE, ...rule, name: `rule-${i}` })))
const factsArbitrary: fc.Arbitrary<ArtifactFacts> = fc.record({
  repository: fc.constantFrom(
    `${HOST}/team/app`,
    `${HOST}/team/secret`,
    `${HOST}/other/b`,
    'registry.example.org/team/app',
  ),
  tags: fc.subarray(['v1', 'v0', 'v1-rc1', 'latest', 'nightly']),
  isUntagged: fc.boolean(),
  parentRules: fc.subarray(['rule-0', 'rule-1']),
  isReferrer: fc.boolean(),
  isIndex: fc.boolean(),
  artifactType: fc.constantFrom(undefined, CHART, OCI_CONFIG),
})
/** What was decided for each rule, by its name. */
const decisionsOf = (rules: readonly object[], facts: ArtifactFacts) =>
  Object.fromEntries(
    explainRules(readRules(rules), facts).map(({ rule, ...said }) => [rule.name, said]),
  )

describe('explainRules(), of any rules and facts,', () => {
  it('decides the same in whatever order rules and tags are', () => {
    fc.assert(
      fc.property(rulesArbitrary, factsArbitrary, (rules, facts) => {
        const reversed = { ...facts, tags: facts.tags.toReversed() }
        const decisions = decisionsOf(rules, facts)
        expect(decisionsOf(rules.toReversed(), reversed)).toEqual(decisions)
        for (const rule of rules) {
          expect(decisionsOf([rule], facts)).toEqual({ [rule.name]: decisions[rule.name] })
        }
      }),
    )
  })

  it('gives one reason, or something to sign', () => {
    fc.assert(
      fc.property(rulesArbitrary, factsArbitrary, (rules, facts) => {
        const decisions = explainRules(readRules(rules), facts)
        expect(decisions).toHaveLength(rules.length)
        for (const decision of decisions) {
          if (decision.applies) expect(decision.signsItself || decision.signsChildren).toBe(true)
          else expect(NOT_APPLYING).toContain(decision.reason)
        }
      }),
    )
  })

  it('wants no referrer, and nothing of another host', () => {
    fc.assert(
      fc.property(rulesArbitrary, factsArbitrary, fc.domain(), (rules, facts, host) => {
        fc.pre(host !== HOST)
        const isWanted = (changes: Partial<ArtifactFacts>) =>
          explainRules(readRules(rules), { ...facts, ...changes }).some(({ applies }) => applies)
        expect(isWanted({ isReferrer: true })).toBe(false)
        expect(isWanted({ repository: `${host}/team/app` })).toBe(false)
      }),
    )
  })
})
