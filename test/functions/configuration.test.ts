import { describe, expect, test } from 'vitest'
import { EMPTY_CONFIGURATION, parseConfiguration } from '../../functions/configuration.ts'
import { toHex } from '../../shared/bytes.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { buildChain } from '../support/certificates.ts'

const TOKEN_SHA256 = '00'.repeat(32)

function caller(changes: object): object {
  return { name: 'ci', tokenSha256: TOKEN_SHA256, permissions: [], ...changes }
}

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
    ['no signature to look at', { maxSignatures: 0 }, 'maxSignatures'],
    ['more signatures than notation looks at', { maxSignatures: 101 }, 'maxSignatures'],
    [
      'two callers of one name',
      { callers: ['00', '11'].map((byte) => caller({ tokenSha256: byte.repeat(32) })) },
      'callers.1.name',
    ],
    [
      'two callers with one token',
      { callers: ['a', 'b'].map((name) => caller({ name })) },
      'callers.1.tokenSha256',
    ],
    [
      'a repository without its registry',
      { callers: [caller({ repositories: ['app'] })] },
      'callers.0.repositories.0',
    ],
    [
      'an insecure registry that is no registry',
      { registries: [{ host: 'a.example' }], insecureRegistries: ['b.example'] },
      'insecureRegistries.0',
    ],
    [
      'an offered certificate that is none',
      { stm: { chainCertificates: ['x'] } },
      'stm.chainCertificates',
    ],
    [
      'a name for an algorithm that nobody knows',
      { stm: { signatureAlgorithmNames: { MD5: 'x' } } },
      'stm.signatureAlgorithmNames',
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

  test('parseConfiguration() takes what a Software Trust Manager needs beyond its address', () => {
    const root = buildChain().certificates.at(-1) ?? new Uint8Array()
    const { stm } = parse({
      stm: {
        chainCertificates: [encodePem('CERTIFICATE', root)],
        signatureAlgorithmNames: { 'ECDSA-SHA-256': 'ecdsa' },
      },
    })
    expect(stm.chainCertificates.map(({ raw }) => toHex(raw))).toEqual([toHex(root)])
    expect(stm.signatureAlgorithmNames).toEqual({ 'ECDSA-SHA-256': 'ecdsa' })
  })

  test('parseConfiguration() refuses what is no JSON', () => {
    expect(() => parseConfiguration(new TextEncoder().encode('{'))).toThrow(
      'Cannot read CONFIG: it is not well-formed JSON',
    )
  })
})
