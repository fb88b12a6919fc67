import { describe, expect, test } from 'vitest'
import { EMPTY_CONFIGURATION, parseConfiguration } from '../../functions/configuration.ts'

const TOKEN_SHA256 = '00'.repeat(32)

function parse(document: unknown): ReturnType<typeof parseConfiguration> {
  return parseConfiguration(new TextEncoder().encode(JSON.stringify(document)))
}

describe('configuration', () => {
  test('parseConfiguration() of an empty document grants nothing', () => {
    expect(parse({})).toEqual(EMPTY_CONFIGURATION)
  })

  test('parseConfiguration() grants a caller no key and no repository that is not listed', () => {
    const { callers } = parse({
      callers: [{ name: 'ci', tokenSha256: TOKEN_SHA256, permissions: ['sign'] }],
    })
    expect(callers).toEqual([
      { name: 'ci', tokenSha256: TOKEN_SHA256, permissions: ['sign'], keys: [], repositories: [] },
    ])
  })

  test('parseConfiguration() speaks plain HTTP to the insecure registries only', () => {
    const { registries } = parse({
      registries: [{ host: 'a.example' }, { host: '127.0.0.1:5000' }],
      insecureRegistries: ['127.0.0.1:5000'],
    })
    expect([...registries.values()].map(({ host, plainHttp }) => [host, plainHttp])).toEqual([
      ['a.example', false],
      ['127.0.0.1:5000', true],
    ])
  })

  test.each([
    [
      'a token in place of its digest',
      { callers: [{ name: 'ci', tokenSha256: 'secret', permissions: [] }] },
      'callers.0.tokenSha256',
    ],
    [
      'an unknown permission',
      { callers: [{ name: 'ci', tokenSha256: TOKEN_SHA256, permissions: ['admin'] }] },
      'callers.0.permissions.0',
    ],
    [
      'two callers of one name',
      { callers: [0, 1].map(() => ({ name: 'ci', tokenSha256: TOKEN_SHA256, permissions: [] })) },
      'callers',
    ],
    ['a host with a scheme', { registries: [{ host: 'https://a.example' }] }, 'registries.0.host'],
    [
      'a user without a password',
      { registries: [{ host: 'a.example', username: 'u' }] },
      'registries.0',
    ],
    [
      'an authority without URL that is no preset',
      { timestampAuthorities: [{ name: 'mine', rootCertificates: ['x'] }] },
      'timestampAuthorities.0.url',
    ],
    [
      'a root that is no certificate',
      { timestampAuthorities: [{ name: 'digicert', rootCertificates: ['x'] }] },
      'timestampAuthorities.0.rootCertificates',
    ],
  ])('parseConfiguration() refuses %s and names the setting', (_what, document, setting) => {
    expect(() => parse(document)).toThrow(`Cannot use CONFIG setting "${setting}"`)
  })

  test('parseConfiguration() refuses what is no JSON', () => {
    expect(() => parseConfiguration(new TextEncoder().encode('{'))).toThrow(
      'Cannot read CONFIG: it is not well-formed JSON',
    )
  })
})
