import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { authenticate, authorize, type CallerDeps } from '../../functions/callers.ts'
import { EMPTY_CONFIGURATION } from '../../functions/configuration.ts'
import { webCrypto } from '../../shared/web-crypto.ts'

const TOKEN = 'a-token-of-32-random-bytes-or-more'
const GRANT = {
  name: 'ci',
  tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
  permissions: ['sign'],
  keys: ['my-key'],
  repositories: ['registry.example.com/team/app'],
} as const
const DEPS: CallerDeps = {
  configuration: { ...EMPTY_CONFIGURATION, callers: [GRANT] },
  crypto: webCrypto,
  now: () => new Date('2026-01-01T00:00:00Z'),
  findKeys: async () => undefined,
  findCertificate: async () => undefined,
  note: () => {},
}

describe('callers', () => {
  test('authenticate() finds the caller of a configured token', async () => {
    const caller = await authenticate(`Bearer ${TOKEN}`, DEPS)
    expect(caller?.name).toBe('ci')
  })

  test('authenticate() gives nobody when no header was sent', async () => {
    expect(await authenticate(undefined, DEPS)).toBeUndefined()
  })

  test.each([
    ['another token', 'Bearer another-token'],
    ['the digest in place of the token', `Bearer ${GRANT.tokenSha256}`],
    ['Basic credentials', `Basic ${btoa('ci:secret')}`],
    ['an empty token', 'Bearer '],
    ['two tokens', `Bearer ${TOKEN} ${TOKEN}`],
  ])('authenticate() refuses %s and does not quote it', async (_what, header) => {
    const error = await authenticate(header, DEPS).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'caller-unauthenticated' })
    expect(String(error)).not.toContain(header.split(' ')[1] || 'never')
  })

  test('authorize() asks for a token when there is no caller', () => {
    expect(() => authorize(undefined, { permission: 'sign' })).toThrow(
      /^Cannot tell who is calling: no token was sent/,
    )
  })

  test.each([
    ['permission', { permission: 'generate-signature' }, 'the permission "generate-signature"'],
    ['key', { permission: 'sign', keyId: 'My-Key' }, 'this key'],
    [
      'repository',
      { permission: 'sign', repository: 'registry.example.com/team/app2' },
      'this repository',
    ],
  ] as const)('authorize() refuses a %s that is not granted', (_what, wish, named) => {
    expect(() => authorize({ name: 'ci', grant: GRANT }, wish)).toThrow(
      `Cannot do this for caller "ci": ${named} is not granted in CONFIG setting "callers"`,
    )
  })

  test('authorize() takes "*" for every key and repository', () => {
    const caller = { name: 'ci', grant: { ...GRANT, keys: ['*'], repositories: ['*'] } }
    expect(authorize(caller, { permission: 'sign', keyId: 'x', repository: 'a.example/b' })).toBe(
      caller,
    )
  })

  test('authorize() grants nothing by an empty list', () => {
    const caller = { name: 'ci', grant: { ...GRANT, keys: [] } }
    expect(() => authorize(caller, { permission: 'sign', keyId: 'my-key' })).toThrow(
      'this key is not granted',
    )
  })
})
