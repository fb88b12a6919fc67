import { describe, expect, test } from 'vitest'
import { parseConfiguration } from '../../../functions/configuration.ts'
import type { EventSource } from '../../../functions/events/event-source.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { REGISTRY } from '../../support/api.ts'
import { authSettings, SECRET, source } from '../../support/events.ts'

function assemble(...sources: readonly object[]): ReadonlyMap<string, EventSource> {
  const document = { registries: [{ host: REGISTRY }], sources }
  return parseConfiguration(new TextEncoder().encode(JSON.stringify(document))).sources
}

/** What the start says of wrong settings. */
function refusal(...sources: readonly object[]): string {
  try {
    assemble(...sources)
  } catch (cause) {
    if (isNotationError(cause, 'configuration-invalid')) return cause.message
    throw cause
  }
  return 'taken'
}

const cannot = (setting: string, found: string): string =>
  `Cannot use CONFIG setting "sources.${setting}": ${found}`

describe('CONFIG setting "sources"', () => {
  test('names each source, its registry and its repositories', () => {
    const sources = assemble(source(), source({ name: 'harbor-1', type: 'harbor' }))
    expect([...sources.keys()]).toEqual(['main', 'harbor-1'])
    const { registry, typeName, matchesRepository } = sources.get('main') ?? {}
    expect([registry, typeName]).toEqual([REGISTRY, 'generic'])
    expect(matchesRepository?.('team/app')).toBe(true)
    expect(matchesRepository?.('other/app')).toBe(false)
  })

  test.each([
    [{ name: 'Main' }, '0.name', 'must be lower-case letters, digits, dots and dashes'],
    [{ name: 'a/b' }, '0.name', 'must be lower-case letters, digits, dots and dashes'],
    [{ registry: 'other.example.com' }, '0.registry', 'is no host of "registries"'],
    [
      { repositories: ['team/'] },
      '0.repositories.0',
      'must have no empty segment and no slash at either end',
    ],
    [
      { auth: { method: 'bearer', secret: 'x'.repeat(15) } },
      '0.auth.secret',
      'must have at least 16 characters',
    ],
    [
      { auth: { method: 'path', secret: `${SECRET}/x` } },
      '0.auth.secret',
      'must be letters, digits, "-" and "_", as it stands in an address',
    ],
    [
      { auth: { method: 'bearer', secret: `${SECRET}\n` } },
      '0.auth.secret',
      'must be visible ASCII characters',
    ],
    [
      { auth: { method: 'basic', username: 'a:b', secret: SECRET } },
      '0.auth.username',
      'must have no colon, and be there',
    ],
    [
      { auth: { method: 'header', header: 'X Secret', secret: SECRET } },
      '0.auth.header',
      'must be the name of a header',
    ],
    [
      { type: 'distribution', auth: authSettings('hmac') },
      '0.auth.method',
      'does not go with type "distribution", which has bearer, basic, header, path',
    ],
    [
      { repositories: ['team/*', `${REGISTRY}/team/*`] },
      '0.repositories.1',
      "must be without the registry's host",
    ],
    [{ origins: ['example.com'] }, '0.origins', 'does not go with type "generic"'],
  ])('refuses %j', (changes, setting, found) => {
    expect(refusal(source(changes))).toBe(cannot(setting, found))
  })

  test.each([
    ['an unknown type', { type: 'floppy' }, 'sources.0.type'],
    ['an unknown method', { auth: { method: 'none' } }, 'sources.0.auth.method'],
    ['no authentication', { auth: undefined }, 'sources.0.auth'],
    ['no secret', { auth: { method: 'bearer' } }, 'sources.0.auth.secret'],
    ['no repositories', { repositories: [] }, 'sources.0.repositories'],
    ['an unknown setting', { secret: SECRET }, 'sources.0'],
    ['no e-mail address', { auth: { method: 'google', audience: 'a' } }, 'sources.0.auth.email'],
    [
      'a tenant by its name',
      { auth: { method: 'entra', audience: 'a', tenant: 'contoso' } },
      'sources.0.auth.tenant',
    ],
  ])('refuses %s', (_, changes, setting) => {
    const message = refusal(source(changes))
    expect(message).toContain(`Cannot use CONFIG setting "${setting}": `)
    expect(message).not.toContain(SECRET)
  })

  test('refuses two sources of one name', () => {
    expect(refusal(source(), source())).toBe(cannot('1.name', 'is that of an entry before it'))
  })
})
