import { describe, expect, test } from 'vitest'
import { parseConfiguration } from '../../functions/configuration.ts'
import { encodeUtf8 } from '../../shared/bytes.ts'

const TOKEN_SHA256 = '00'.repeat(32)
const GITHUB = {
  name: 'release',
  preset: 'github-actions',
  audience: 'https://signing.example.com',
  claims: { repository_id: '4242', environment: 'production' },
  permissions: ['sign'],
  keys: ['release-key'],
  repositories: ['registry.example.com/team/app'],
}
const OTHER = {
  name: 'other',
  issuer: 'https://issuer.example/tenant',
  audience: 'https://signing.example.com',
  claims: { sub: 'system:serviceaccount:ci:signer' },
  permissions: [],
}

function parse(...callers: readonly object[]): ReturnType<typeof parseConfiguration> {
  return parseConfiguration(encodeUtf8(JSON.stringify({ callers })))
}

function without(caller: object, ...members: readonly string[]): object {
  return Object.fromEntries(Object.entries(caller).filter(([name]) => !members.includes(name)))
}

describe('assembleCallers()', () => {
  test('fills in what a preset stands for', () => {
    expect(parse(GITHUB).oidcCallers).toEqual([
      {
        name: 'release',
        issuer: 'https://token.actions.githubusercontent.com',
        jwksUri: undefined,
        audience: 'https://signing.example.com',
        wanted: new Map([
          ['repository_id', ['4242']],
          ['environment', ['production']],
        ]),
        refused: new Map([['event_name', ['pull_request_target']]]),
        maxTokenAgeSeconds: 3600,
        permissions: ['sign'],
        keys: ['release-key'],
        repositories: ['registry.example.com/team/app'],
      },
    ])
  })

  test("takes a self-managed service's issuer beside the preset", () => {
    const claims = { project_id: '22', ref_path: 'refs/heads/main' }
    const issuer = 'https://gitlab.example.com'
    const [caller] = parse({ ...GITHUB, preset: 'gitlab-ci', issuer, claims }).oidcCallers
    expect(caller).toMatchObject({
      issuer,
      refused: new Map([
        ['pipeline_source', ['merge_request_event', 'external_pull_request_event']],
      ]),
    })
  })

  test('takes any issuer with rules of its own, and keeps both kinds of callers apart', () => {
    const { callers, oidcCallers } = parse(
      OTHER,
      { name: 'ci', tokenSha256: TOKEN_SHA256, permissions: [] },
      { ...OTHER, name: 'third', claims: { admin: true, level: 3, team: ['a', 'b'] } },
    )
    expect(callers.map(({ name }) => name)).toEqual(['ci'])
    expect(oidcCallers.map(({ name }) => name)).toEqual(['other', 'third'])
    expect(oidcCallers[1]?.wanted).toEqual(
      new Map<string, unknown>([
        ['admin', [true]],
        ['level', [3]],
        ['team', ['a', 'b']],
      ]),
    )
  })

  test.each<[string, object, string]>([
    [
      'nothing to tell a caller by',
      { name: 'a', permissions: [] },
      '"callers.0": has neither "tokenSha256" nor "certificateSha256" nor "issuer" nor "preset"',
    ],
    [
      'a static token with claims',
      { ...without(OTHER, 'issuer', 'audience'), tokenSha256: TOKEN_SHA256 },
      '"callers.0.claims": does not go with "tokenSha256"',
    ],
    [
      'no audience',
      without(GITHUB, 'audience'),
      '"callers.0.audience": is missing; take one that is used for nothing else',
    ],
    [
      'no claims',
      without(OTHER, 'claims'),
      '"callers.0.claims": is missing or empty: every token of the issuer would do',
    ],
    ['empty claims', { ...OTHER, claims: {} }, '"callers.0.claims": is missing or empty'],
    ['a claim without values', { ...OTHER, claims: { sub: [] } }, '"callers.0.claims.sub"'],
    ['an empty value', { ...OTHER, claims: { sub: '' } }, '"callers.0.claims.sub"'],
    ['a value that is an object', { ...OTHER, claims: { sub: {} } }, '"callers.0.claims.sub"'],
    [
      'a rule for what is checked anyway',
      { ...OTHER, claims: { aud: 'a' } },
      '"callers.0.claims.aud": is checked for every token already',
    ],
    ['an unknown preset', { ...GITHUB, preset: 'github' }, '"callers.0.preset"'],
    [
      'no id of the repository',
      { ...GITHUB, claims: { repository: 'team/app', ref: 'refs/heads/main' } },
      '"callers.0.claims.repository_id": is missing: names of projects can change hands',
    ],
    [
      'an id that is a name',
      { ...GITHUB, claims: { repository_id: ['1', 'team/app'], ref: 'refs/heads/main' } },
      '"callers.0.claims.repository_id": must be a number in quotes, "123456"',
    ],
    [
      'an id without quotes',
      { ...GITHUB, claims: { repository_id: 4242, ref: 'refs/heads/main' } },
      '"callers.0.claims.repository_id": must be a number in quotes, "123456"',
    ],
    [
      'neither ref nor environment',
      { ...GITHUB, claims: { repository_id: '4242', actor: 'me' } },
      '"callers.0.claims": needs "ref" or "environment"',
    ],
    [
      'a short ref',
      { ...GITHUB, claims: { repository_id: '4242', ref: 'main' } },
      '"callers.0.claims.ref": must be a full ref, as "refs/heads/main"',
    ],
    [
      "GitLab's bare ref",
      { ...GITHUB, preset: 'gitlab-ci', claims: { project_id: '22', ref: 'main' } },
      '"callers.0.claims": needs "ref_path" or "environment"',
    ],
    ['an issuer without TLS', { ...OTHER, issuer: 'http://issuer.example' }, '"callers.0.issuer"'],
    [
      'an issuer with a query',
      { ...OTHER, issuer: 'https://issuer.example/?a' },
      '"callers.0.issuer": must have no query',
    ],
    [
      'an issuer with a password',
      { ...OTHER, issuer: 'https://a:b@issuer.example' },
      '"callers.0.issuer": must be an https URL without user, password and fragment',
    ],
    ['keys without TLS', { ...OTHER, jwksUri: 'http://a.example/keys' }, '"callers.0.jwksUri"'],
    [
      'a certificate with a token',
      { name: 'a', permissions: [], tokenSha256: TOKEN_SHA256, certificateSha256: TOKEN_SHA256 },
      '"callers.0.certificateSha256": does not go with "tokenSha256"',
    ],
    [
      'a certificate with an issuer',
      { ...OTHER, certificateSha256: TOKEN_SHA256 },
      '"callers.0.issuer": does not go with "certificateSha256"',
    ],
    [
      "a certificate's digest with colons",
      { name: 'a', permissions: [], certificateSha256: 'AA:BB' },
      '"callers.0.certificateSha256": must be the SHA-256 of the certificate in lower-case hexadecimal',
    ],
    ['an age of two days', { ...OTHER, maxTokenAgeSeconds: 172_800 }, 'maxTokenAgeSeconds'],
    ['an age of a second', { ...OTHER, maxTokenAgeSeconds: 1 }, 'maxTokenAgeSeconds'],
  ])('refuses %s', (_what, caller, message) => {
    expect(() => parse(caller)).toThrow(
      expect.objectContaining({
        code: 'configuration-invalid',
        message: expect.stringContaining(message),
      }),
    )
  })

  test.each([
    'https://token.actions.githubusercontent.com',
    'https://token.actions.githubusercontent.com/enterprise',
    'https://token.actions.octo.ghe.com',
    'https://github.example.com/_services/token',
  ])('refuses %s without the preset', (issuer) => {
    expect(() => parse({ ...OTHER, issuer })).toThrow(
      'CONFIG setting "callers.0.preset": is missing; this issuer needs "github-actions"',
    )
  })

  test.each([
    'https://token.actions.githubusercontent.com.example.com',
    'https://example.com/token.actions.githubusercontent.com',
    'https://gitlab.com.example',
  ])('takes %s for an issuer like any other', (issuer) => {
    expect(parse({ ...OTHER, issuer }).oidcCallers).toHaveLength(1)
  })

  test('refuses two places of keys for one issuer', () => {
    const elsewhere = { ...OTHER, name: 'second', jwksUri: 'https://keys.example' }
    expect(() => parse(OTHER, elsewhere)).toThrow(
      'CONFIG setting "callers.1.jwksUri": is not that of caller "other", who has the same issuer',
    )
  })

  test.each([
    [{ proxies: [] }, 'clientCertificates.proxies'],
    [{ proxies: ['proxy.example'] }, 'clientCertificates.proxies.0": must be an IP address'],
    [{ proxies: ['10.0.0.0/8'] }, 'clientCertificates.proxies.0": must be an IP address'],
    [{ proxies: ['::1'], header: 'a b' }, 'clientCertificates.header'],
    [{ header: 'X-Cert' }, 'clientCertificates.proxies'],
  ])('refuses %j for proxies', (clientCertificates, setting) => {
    const document = encodeUtf8(JSON.stringify({ clientCertificates }))
    expect(() => parseConfiguration(document)).toThrow(`CONFIG setting "${setting}`)
  })

  test('refuses two callers with one certificate', () => {
    const caller = { permissions: [], certificateSha256: TOKEN_SHA256 }
    expect(() => parse({ ...caller, name: 'a' }, { ...caller, name: 'b' })).toThrow(
      '"callers.1.certificateSha256": is that of an entry before it',
    )
  })

  test('refuses two callers of one name, of whatever kind', () => {
    const token = { name: 'other', tokenSha256: TOKEN_SHA256, permissions: [] }
    expect(() => parse(OTHER, token)).toThrow('"callers.1.name": is that of an entry before it')
  })
})
