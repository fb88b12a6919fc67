import { describe, expect, test } from 'vitest'
import type { EventSource } from '../../../functions/events/event-source.ts'
import { selectHints } from '../../../functions/events/select-hints.ts'
import { GENERIC } from '../../../functions/events/senders/generic.ts'
import type { ArtifactHint } from '../../../functions/events/source-type.ts'
import { MANIFEST_MEDIA_TYPES } from '../../../shared/registry/media-types.ts'
import { REGISTRY } from '../../support/api.ts'
import { DIGEST, SECRET } from '../../support/events.ts'

const SOURCE: EventSource = {
  name: 'main',
  typeName: 'generic',
  type: GENERIC,
  registry: REGISTRY,
  matchesRepository: (repository) => repository.startsWith('team/'),
  auth: { method: 'path', secret: SECRET },
  origins: [],
}
const HINT = { repository: 'team/app', digest: DIGEST, tag: 'v1' }

function select(...hints: readonly ArtifactHint[]) {
  return selectHints({ hints, ignored: {} }, SOURCE)
}

describe('selectHints()', () => {
  test('leaves what the source may tell of, without what only filters', () => {
    const hint = { ...HINT, registry: REGISTRY, mediaType: MANIFEST_MEDIA_TYPES[0] }
    expect(select(hint)).toEqual({ selected: [HINT], ignored: {} })
  })

  test.each(MANIFEST_MEDIA_TYPES)('leaves %s', (mediaType) => {
    expect(select({ ...HINT, mediaType }).selected).toHaveLength(1)
  })

  test('drops what lies in another registry', () => {
    const { selected, ignored } = select({ ...HINT, registry: 'other.example.com' })
    expect([selected, ignored]).toEqual([[], { registry: 1 }])
  })

  test.each(['team/app:v2', 'team/app@sha256', '../app', 'team//app', 'Team/app', ''])(
    'drops the malformed repository "%s"',
    (repository) => {
      expect(select({ repository, digest: DIGEST }).ignored).toEqual({ malformed: 1 })
    },
  )

  test.each([
    ['key/app', ['team/app'], 'team/app'],
    ['team/app', ['key/team/app'], 'team/app'],
    ['team/app', ['team/other'], 'team/app'],
    ['key/app', ['other/app', 'team/app', 'team/other'], 'team/app'],
  ])(
    'takes of the names %s, %j the first that is the source’s',
    (repository, otherNames, found) => {
      const { selected } = select({ repository, otherNames, digest: DIGEST })
      expect(selected).toEqual([{ repository: found, digest: DIGEST }])
    },
  )

  test.each([
    ['key/app', ['other/app'], 'repository'],
    ['key/app', ['team/App'], 'malformed'],
  ])('drops what none of the names %s, %j is the source’s of', (repository, otherNames, reason) => {
    const { selected, ignored } = select({ repository, otherNames, digest: DIGEST })
    expect([selected, ignored]).toEqual([[], { [reason]: 1 }])
  })

  test('adds what it drops to what was ignored before', () => {
    const hints = [{ ...HINT, repository: 'other/app' }, HINT]
    const { ignored } = selectHints({ hints, ignored: { action: 2, repository: 1 } }, SOURCE)
    expect(ignored).toEqual({ action: 2, repository: 2 })
  })

  test.each([
    `sha384-${'ab'.repeat(32)}`,
    `sha512-${'ab'.repeat(64)}`,
    `sha256-${'ab'.repeat(32)}.att`,
  ])('drops the referrers tag %s', (tag) => {
    expect(select({ ...HINT, tag }).ignored).toEqual({ 'referrers-tag': 1 })
  })

  test.each([`sha256-${'ab'.repeat(31)}`, `sha256-${'zz'.repeat(32)}`, 'sha256-v1'])(
    'leaves the tag %s, which only looks like one',
    (tag) => {
      expect(select({ ...HINT, tag }).selected).toEqual([{ ...HINT, tag }])
    },
  )
})
