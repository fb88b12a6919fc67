import { describe, expect, test } from 'vitest'
import { MAX_EVENT_BYTES, MAX_EVENT_HINTS } from '../../../functions/limits.ts'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'
import { REGISTRY } from '../../support/api.ts'
import { AT } from '../../support/certificates.ts'
import {
  createEventApi,
  DIGEST,
  genericEvent,
  OTHER_DIGEST,
  SECRET,
  source,
} from '../../support/events.ts'

const PUSH = { repository: 'team/app', digest: DIGEST, tag: 'v1' }
const DISTRIBUTION = 'application/vnd.docker.distribution.events.v2+json'

describe('POST /v1/events/{source}', () => {
  test('queues a look at what was pushed, at the source’s registry', async () => {
    const { send, looks, audit } = await createEventApi([source()])
    const answer = await send('main', genericEvent([PUSH]))
    expect(answer.status).toBe(202)
    expect(await answer.json()).toEqual({ accepted: 1, ignored: 0 })
    expect(looks).toEqual([
      {
        kind: 'look',
        registry: REGISTRY,
        ...PUSH,
        reason: 'event',
        source: 'main',
        heardAt: AT.toISOString(),
      },
    ])
    expect(audit()).toEqual([
      {
        event: 'events',
        source: 'main',
        sourceType: 'generic',
        accepted: 1,
        ignored: 0,
        outcome: 'done',
      },
    ])
  })

  test('queues one look for what an event tells twice', async () => {
    const { send, looks } = await createEventApi([source()])
    expect(await (await send('main', genericEvent([PUSH, PUSH]))).json()).toEqual({
      accepted: 1,
      ignored: 0,
    })
    expect(looks).toHaveLength(1)
  })

  test('queues no look at a signature that was pushed from here', async () => {
    const isOwnManifest = (digest: string): boolean => digest === DIGEST
    const { send, looks, audit } = await createEventApi([source()], { isOwnManifest })
    const answer = await send('main', genericEvent([{ repository: 'team/app', digest: DIGEST }]))
    expect(await answer.json()).toEqual({ accepted: 0, ignored: 1 })
    expect(looks).toEqual([])
    expect(audit()).toMatchObject([{ ignoredFor: 'own-signature 1' }])
  })

  test.each([
    ['a repository that is not the source’s', { ...PUSH, repository: 'other/app' }, 'repository'],
    ['a layer', { ...PUSH, mediaType: 'application/octet-stream' }, 'media-type'],
    ['the referrers tag', { ...PUSH, tag: `sha256-${'ab'.repeat(32)}` }, 'referrers-tag'],
    ['cosign’s tag', { ...PUSH, tag: `sha256-${'ab'.repeat(32)}.sig` }, 'referrers-tag'],
    ['neither digest nor tag', { repository: 'team/app' }, 'unnamed'],
    ['a malformed digest', { ...PUSH, digest: 'sha256:ab' }, 'malformed'],
    ['a malformed tag', { ...PUSH, tag: 'v 1' }, 'malformed'],
    ['a malformed repository', { ...PUSH, repository: 'team/App' }, 'malformed'],
    ['a tag in the repository', { ...PUSH, repository: 'team/app:v2' }, 'malformed'],
    ['another host in the repository', { ...PUSH, repository: '/team/app' }, 'malformed'],
    ['two digests', { ...PUSH, tag: OTHER_DIGEST }, 'malformed'],
  ])('counts and drops %s', async (_, event, reason) => {
    const { send, looks, audit } = await createEventApi([source()])
    const answer = await send('main', genericEvent([event]))
    expect(answer.status).toBe(202)
    expect(await answer.json()).toEqual({ accepted: 0, ignored: 1 })
    expect(looks).toEqual([])
    expect(audit()).toMatchObject([{ outcome: 'done', ignored: 1, ignoredFor: `${reason} 1` }])
  })

  test('takes a digest in the place of the tag for the digest', async () => {
    const { send, looks } = await createEventApi([source()])
    await send('main', genericEvent([{ repository: 'team/app', tag: DIGEST }]))
    expect(looks).toMatchObject([{ repository: 'team/app', digest: DIGEST }])
    expect(looks[0]).not.toHaveProperty('tag')
  })

  test('answers 503 when the queue cannot store the looks', async () => {
    const { send, audit } = await createEventApi([source()], { isDown: true })
    const answer = await send('main', genericEvent([PUSH]))
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'queue-unavailable' })
    expect(audit()).toMatchObject([{ source: 'main', outcome: 'queue-unavailable' }])
  })

  test('answers 503 where nothing signs by itself', async () => {
    const { send } = await createEventApi([source()], { signing: undefined })
    const answer = await send('main', genericEvent([PUSH]))
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'configuration-invalid' })
  })

  test('answers 404 for a source that is not there', async () => {
    const { send, audit } = await createEventApi([source()])
    const answer = await send('another', genericEvent([PUSH]))
    expect(answer.status).toBe(404)
    expect(await answer.json()).not.toHaveProperty('instance')
    expect(JSON.stringify(audit())).not.toContain('another')
  })

  test('answers 405 for other methods, without the path', async () => {
    const { api } = await createEventApi([source()])
    for (const path of ['/v1/events/main', `/v1/events/main/${SECRET}`]) {
      const answer = await api.request(path)
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('POST')
      expect(await answer.text()).not.toContain(SECRET)
    }
  })
})

describe('metrics of events', () => {
  test('count requests by their outcome, and artifacts by what became of them', async () => {
    const metrics = createMetricsRegistry()
    const { send } = await createEventApi([source(), source({ name: 'other' })], { metrics })
    await send('main', genericEvent([PUSH, { ...PUSH, tag: 'v2' }, { repository: 'other/app' }]))
    await send('other', genericEvent([{ ...PUSH, mediaType: 'application/octet-stream' }]))
    await send('other', genericEvent([PUSH], {}))
    await send('none', genericEvent([PUSH]))
    const lines = (await metrics.render()).split('\n').filter((line) => /event/.test(line))
    expect(lines.filter((line) => !line.startsWith('#') && !/duration|flight/.test(line))).toEqual([
      'stm_notary_requests_total{operation="events",outcome="done"} 2',
      'stm_notary_requests_total{operation="events",outcome="caller-unauthenticated"} 1',
      'stm_notary_requests_total{operation="events",outcome="route-unknown"} 1',
      'stm_notary_event_artifacts_total{type="generic",result="accepted"} 2',
      'stm_notary_event_artifacts_total{type="generic",result="unnamed"} 1',
      'stm_notary_event_artifacts_total{type="generic",result="media-type"} 1',
    ])
    expect(lines).toContain('stm_notary_request_duration_seconds_count{operation="events"} 4')
  })
})

describe('bodies that are of no use', () => {
  const bodies = [
    ['no JSON', { 'content-type': DISTRIBUTION }, '{', 400, 'request-invalid'],
    ['another shape', { 'content-type': DISTRIBUTION }, '{"event":[]}', 400, 'request-invalid'],
    [
      'a name twice',
      { 'content-type': DISTRIBUTION },
      '{"events":[],"events":[]}',
      400,
      'request-invalid',
    ],
    [
      'another media type',
      { 'content-type': 'text/plain' },
      '{"events":[]}',
      415,
      'media-type-unsupported',
    ],
    [
      'too many bytes',
      { 'content-type': DISTRIBUTION },
      ' '.repeat(MAX_EVENT_BYTES + 1),
      413,
      'request-too-large',
    ],
  ] as const

  test.each(bodies)(
    '%s: taken from a sender that would send nothing else',
    async (_, type, body, __, code) => {
      const { send, looks, audit } = await createEventApi([source({ type: 'distribution' })])
      const headers = { ...type, authorization: `Bearer ${SECRET}` }
      const answer = await send('main', { headers, body })
      expect(answer.status).toBe(202)
      expect(await answer.json()).toEqual({ accepted: 0, ignored: 1 })
      expect(looks).toEqual([])
      expect(audit()).toMatchObject([{ outcome: code, acknowledged: true }])
    },
  )

  test.each(bodies)('%s: refused from anyone else', async (_, type, body, __, ___) => {
    const { send, audit } = await createEventApi([source({ type: 'distribution' })])
    expect((await send('main', { headers: type, body })).status).toBe(401)
    expect(audit()).toMatchObject([{ outcome: 'caller-unauthenticated' }])
  })

  test.each(bodies)(
    '%s: refused from a sender that gives up',
    async (_, type, body, status, code) => {
      const { send } = await createEventApi([source()])
      const { 'content-type': given } = type
      const headers = {
        'content-type': given === DISTRIBUTION ? 'application/json' : given,
        authorization: `Bearer ${SECRET}`,
      }
      const answer = await send('main', { headers, body })
      expect(answer.status).toBe(status)
      expect(await answer.json()).toMatchObject({ code, instance: '/v1/events/main' })
    },
  )

  test('a batch of more artifacts than any sender makes is refused', async () => {
    const { send, looks } = await createEventApi([source({ type: 'cloudevents' })])
    const one = { specversion: '1.0', id: '1', source: '/', type: 'x', data: PUSH }
    const headers = {
      'content-type': 'application/cloudevents-batch+json',
      authorization: `Bearer ${SECRET}`,
    }
    const body = JSON.stringify(Array.from({ length: MAX_EVENT_HINTS + 1 }, () => one))
    const answer = await send('main', { headers, body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      detail: `Cannot read the event: it tells of more than ${MAX_EVENT_HINTS} artifacts`,
    })
    expect(looks).toEqual([])
  })

  test('a body that is too long is read to its end where the sender must read an answer', async () => {
    const { api } = await createEventApi([source({ type: 'distribution' })])
    let left = MAX_EVENT_BYTES + 2 ** 20
    const body = new ReadableStream({
      pull(controller) {
        left -= 2 ** 16
        controller.enqueue(new Uint8Array(2 ** 16))
        if (left <= 0) controller.close()
      },
    })
    const headers = { 'content-type': DISTRIBUTION, authorization: `Bearer ${SECRET}` }
    const init = { method: 'POST', headers, body, duplex: 'half' } as const
    expect((await api.request('/v1/events/main', init)).status).toBe(202)
    expect(left).toBeLessThanOrEqual(0)
  })

  test('more artifacts than the largest batch are refused', async () => {
    const { send, looks } = await createEventApi([source()])
    const events = Array.from({ length: MAX_EVENT_HINTS + 1 }, (_, i) => ({
      ...PUSH,
      tag: `v${i}`,
    }))
    expect((await send('main', genericEvent(events))).status).toBe(400)
    expect(looks).toEqual([])
    expect((await send('main', genericEvent(events.slice(1)))).status).toBe(202)
    expect(looks).toHaveLength(MAX_EVENT_HINTS)
  })
})
