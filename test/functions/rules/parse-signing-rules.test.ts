import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseSigningRules,
  type RulesContext,
} from '../../../functions/rules/parse-signing-rules.ts'
import { createRulesJsonSchema } from '../../../functions/rules/signing-rules-schema.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { trustBundle } from '../../support/api.ts'
import { buildChain } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const HOST = 'registry.example.com'
const RULE = { name: 'all', repositories: [`${HOST}/team/**`], keyId: 'my-key' }
const BUILT = buildChain()
const REGISTRY = {
  host: HOST,
  credentials: undefined,
  publicRepositories: [],
  plainHttp: false,
  trustedRealms: [],
}
const CONTEXT: RulesContext = {
  registries: new Map([[HOST, REGISTRY]]),
  timestampAuthorities: new Map([
    ['tsa', { name: 'tsa', url: 'http://tsa.example.com', roots: [] }],
  ]),
  trustBundle: await parseTrustBundle(trustBundle(BUILT, 'strict'), nodeCrypto),
}
const parse = (document: unknown, context = CONTEXT) =>
  parseSigningRules(new TextEncoder().encode(JSON.stringify(document)), context)
const parseRule = (changes: object) => parse({ version: '1.0', rules: [{ ...RULE, ...changes }] })
const firstRule = (changes: object) => {
  const [rule] = parseRule(changes).rules
  if (rule === undefined) throw new Error('there is no rule')
  return rule
}

describe('parseSigningRules()', () => {
  it('reads a rule with its defaults', () => {
    expect(firstRule({})).toMatchObject({
      name: 'all',
      sign: 'both',
      untagged: false,
      artifactTypes: undefined,
      requiredStatement: undefined,
      maxSignaturesPerDay: undefined,
      profile: { keyId: 'my-key', signatureMediaType: 'application/jose+json' },
    })
  })

  it.each([
    [`${HOST}/team/app`, true],
    [`${HOST}/team/a/b`, true],
    [`${HOST}/team/secret/app`, false],
    [`${HOST}/teams/app`, false],
    ['registry.example.org/team/app', false],
  ])('matches repositories by glob, with exclusions: %s', (repository, isMatching) => {
    const rule = firstRule({ excludeRepositories: [`${HOST}/team/secret/*`] })
    expect(rule.matchesRepository(repository)).toBe(isMatching)
  })

  it('lets one star cross no slash', () => {
    const rule = firstRule({ repositories: [`${HOST}/team/*`] })
    expect(rule.matchesRepository(`${HOST}/team/app`)).toBe(true)
    expect(rule.matchesRepository(`${HOST}/team/app/part`)).toBe(false)
  })

  it('never matches a repository of another host', () => {
    const rule = firstRule({ repositories: [`${HOST}/**`] })
    fc.assert(
      fc.property(fc.domain(), fc.string(), (host, path) => {
        fc.pre(host !== HOST)
        expect(rule.matchesRepository(`${host}/${path}`)).toBe(false)
      }),
    )
  })

  it('compares a host, also one that would be a pattern', () => {
    const hosts = ['[::1]:5000', '127.0.0.1:5000']
    const context = {
      ...CONTEXT,
      registries: new Map(hosts.map((host) => [host, { ...REGISTRY, host }])),
    }
    const repositories = hosts.map((host) => `${host}/team/*`)
    const [rule] = parse({ version: '1.0', rules: [{ ...RULE, repositories }] }, context).rules
    expect(hosts.map((host) => rule?.matchesRepository(`${host}/team/app`))).toEqual([true, true])
    expect(rule?.matchesRepository('1:5000/team/app')).toBe(false)
    expect(rule?.matchesRepository('127x0.0.1:5000/team/app')).toBe(false)
  })

  it('matches tags by glob, with exclusions', () => {
    const rule = firstRule({ tags: ['v*', 'latest'], excludeTags: ['*-rc*'] })
    expect(['v1', 'v1.0-rc1', 'latest', 'nightly'].map(rule.matchesTag)).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  it.each<[object, string]>([
    [
      { name: 'All' },
      '"rules.0.name" must be at most 64 lower-case letters, digits, dots and dashes',
    ],
    [{ repositories: [] }, '"rules.0.repositories" Too small'],
    [
      { repositories: ['*/app'] },
      '"rules.0.repositories.0" must begin with a host that is written out',
    ],
    [
      { repositories: ['other.example.com/app'] },
      '"rules.0.repositories.0" begins with no host of CONFIG setting "registries"',
    ],
    [{ repositories: [HOST] }, '"rules.0.repositories.0" must be host/repository, such as'],
    [
      { repositories: [`${HOST}/team/[ab]`] },
      '"rules.0.repositories.0" must be of letters, digits and',
    ],
    [
      { repositories: [`${HOST}/app`, `${HOST}//app`] },
      '"rules.0.repositories.1" must have no empty segment',
    ],
    [
      { excludeRepositories: ['team/secret/**'] },
      '"rules.0.excludeRepositories.0" begins with no host of CONFIG setting "registries"',
    ],
    [{ tags: [] }, '"rules.0.tags" Too small'],
    [{ tags: ['v*', '!v1'] }, '"rules.0.tags.1" must be of letters, digits and'],
    [{ tags: ['release/*'] }, '"rules.0.tags.0" must have no "/" and no ":", as no tag has'],
    [{ excludeTags: ['{a,b'] }, '"rules.0.excludeTags.0" must have a closing brace'],
    [{ keyId: '' }, '"rules.0.keyId" Too small'],
    [{ artifactTypes: [] }, '"rules.0.artifactTypes" Too small'],
    [
      { timestampAuthority: 'other' },
      '"rules.0.timestampAuthority" is no name of CONFIG setting "timestampAuthorities"',
    ],
    [
      { require: { signedBy: 'other' } },
      '"rules.0.require.signedBy" of rule "all" names "other", which is no statement of the trust policy',
    ],
    [{ expirySeconds: 0 }, '"rules.0.expirySeconds" Too small'],
    [{ maxSignaturesPerDay: 0 }, '"rules.0.maxSignaturesPerDay" Too small'],
    [{ sign: 'all' }, '"rules.0.sign" Invalid option'],
    [{ signatureMediaType: 'application/json' }, '"rules.0.signatureMediaType" Invalid option'],
    [{ userMetadata: { 'io.cncf.notary.x': '1' } }, '"rules.0.userMetadata" must be an object'],
    [{ key: 'k' }, '"rules.0" Unrecognized key'],
  ])('refuses %j and names the setting', (changes, found) => {
    expect(() => parseRule(changes)).toThrow(`Cannot use the signing rules: ${found}`)
  })

  it('refuses two rules of one name, and documents that are none', () => {
    expect(() => parse({ version: '1.0', rules: [RULE, RULE] })).toThrow(
      'Cannot use the signing rules: "rules.1.name" is that of a rule before it',
    )
    expect(() => parse({ version: '2.0', rules: [] })).toThrow('"version" Invalid input')
    expect(() => parse([])).toThrow('Cannot use the signing rules: the document Invalid input')
    expect(() => parseSigningRules(new Uint8Array([0x7b]), CONTEXT)).toThrow(
      'Cannot read the signing rules: they are no well-formed JSON',
    )
  })

  it.each([
    [{ level: 'skip' }, 'integrity at "skip"'],
    [{ level: 'audit' }, 'authenticity at "log"'],
    [{ level: 'strict', override: { authenticity: 'log' } }, 'authenticity at "log"'],
  ])(
    'refuses to wait for a statement of %j, which anyone could satisfy',
    async (signatureVerification, found) => {
      await expect(parseRequiring(signatureVerification)).rejects.toThrow(
        `Cannot use the signing rules: "rules.0.require.signedBy" of rule "all" names "build", a statement with ${found}, so that anyone's signature would do; it must be "enforce"`,
      )
    },
  )

  it.each([
    { level: 'strict' },
    { level: 'permissive' },
    { level: 'audit', override: { authenticity: 'enforce' } },
  ])('waits for a statement of %j', async (signatureVerification) => {
    const { rules } = await parseRequiring(signatureVerification)
    expect(rules[0]?.requiredStatement).toBe('build')
  })

  it('reads any JSON or refuses it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        try {
          parse({ version: '1.0', rules: [document] })
        } catch (error) {
          expect(isNotationError(error, 'configuration-invalid')).toBe(true)
        }
      }),
    )
  })
})

it('signing-rules.schema.json is what the rules are read with', () => {
  const file = join(import.meta.dirname, '../../../functions/rules/signing-rules.schema.json')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(createRulesJsonSchema())
})

/** Rules that require a statement of such a verification. */
async function parseRequiring(signatureVerification: { readonly level: string }) {
  const ofRest =
    signatureVerification.level === 'skip'
      ? {}
      : { trustStores: ['ca:build'], trustedIdentities: ['*'] }
  const statement = { name: 'build', registryScopes: [`${HOST}/any`], signatureVerification }
  const trustPolicy = { version: '1.0', trustPolicies: [{ ...statement, ...ofRest }] }
  const trustBundle = await parseTrustBundle({ trustPolicy, trustStores: {} }, nodeCrypto)
  const rules = [{ ...RULE, require: { signedBy: 'build' } }]
  return parse({ version: '1.0', rules }, { ...CONTEXT, trustBundle })
}
