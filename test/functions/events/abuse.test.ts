import { describe, expect, test } from 'vitest'
import type { SourceTypeName } from '../../../functions/events/source-types.ts'
import { MAX_EVENT_BYTES } from '../../../functions/limits.ts'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'
import { taskKey } from '../../../functions/signing/task.ts'
import { REGISTRY } from '../../support/api.ts'
import {
  readEventPayloads,
  type TypePayloads,
  type WantedLook,
} from '../../support/event-payloads.ts'
import {
  authenticated,
  authSettings,
  createEventApi,
  SECRET,
  type SentRequest,
  source,
} from '../../support/events.ts'

const COPIES = 100
const OTHER_SECRET = 'another-secret-of-length'
const OTHER_HOST = 'other.example.com'

/** These tell a host of their own, which must be the source's; what the others tell lies at the source's. */
const NAMES_HOST: readonly SourceTypeName[] = ['ghcr', 'quay', 'ecr', 'artifact-registry']
/** These would send a refused event for ever, or nothing any more. */
const MUST_BE_TAKEN: readonly SourceTypeName[] = ['distribution', 'quay', 'artifact-registry']

/** A type with an event that leads to looks and to nothing else. */
interface Case extends TypePayloads {
  readonly registry: string
  readonly event: SentRequest
  readonly looks: readonly WantedLook[]
}

const CASES = readEventPayloads().map((given): Case => {
  for (const { payload } of given.payloads) {
    const { registry = REGISTRY, headers, body, expect: wanted } = payload
    if (!('looks' in wanted) || wanted.looks.length === 0) continue
    if (Object.keys(wanted.ignored).length > 0) continue
    const event = { headers, body: JSON.stringify(body) }
    return { ...given, registry, event, looks: wanted.looks }
  }
  throw new Error(`no event of ${given.name} leads to looks alone`)
})

/** The API with one source of the type. */
function apiOf({ name, method, registry }: Case, changes: object = {}) {
  return createEventApi(
    [
      source({
        type: name,
        registry,
        repositories: ['**'],
        auth: authSettings(method),
        ...changes,
      }),
    ],
    { settings: { registries: [{ host: registry }, { host: OTHER_HOST }] } },
  )
}

describe.each(CASES)('abuse of $name', (given) => {
  const { name, type, method, event, looks: wanted, registry } = given
  const { path, request } = authenticated(method, type, event)
  const refusal = method === 'path' ? 404 : 401

  test(`${COPIES} copies of an event are one and the same task`, async () => {
    const { send, looks } = await apiOf(given)
    const answers = await Promise.all(Array.from({ length: COPIES }, () => send(path, request)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect(looks).toHaveLength(COPIES * wanted.length)
    expect(new Set(looks.map(taskKey)).size).toBe(wanted.length)
  })

  test('the secret of one source does not open another of the same type', async () => {
    const { send, looks } = await createEventApi(
      [SECRET, OTHER_SECRET].map((secret, i) =>
        source({
          name: i === 0 ? 'main' : 'other',
          type: name,
          registry,
          repositories: ['**'],
          auth: { ...authSettings(method), secret },
        }),
      ),
      { settings: { registries: [{ host: registry }] } },
    )
    const atOther = path.replace('main', 'other')
    expect((await send(atOther, request)).status).toBe(refusal)
    expect(looks).toEqual([])
    expect((await send(path, request)).status).toBe(202)
    expect(new Set(looks.map((look) => look.source))).toEqual(new Set(['main']))
  })

  test('an event leads to no host but the source’s', async () => {
    const { send, looks, audit } = await apiOf(given, { registry: OTHER_HOST })
    const answer = await send(path, request)
    expect(answer.status).toBe(202)
    if (NAMES_HOST.includes(name)) {
      expect(await answer.json()).toEqual({ accepted: 0, ignored: wanted.length })
      expect(audit()).toMatchObject([{ ignoredFor: `registry ${wanted.length}` }])
    } else expect(new Set(looks.map((look) => look.registry))).toEqual(new Set([OTHER_HOST]))
  })

  test('repositories that are not the source’s are counted and dropped', async () => {
    const { send, looks, audit } = await apiOf(given, { repositories: ['nobody/of/these'] })
    const answer = await send(path, request)
    expect([answer.status, await answer.json()]).toEqual([
      202,
      { accepted: 0, ignored: wanted.length },
    ])
    expect(looks).toEqual([])
    expect(audit()).toMatchObject([{ ignoredFor: `repository ${wanted.length}` }])
  })

  test.each([
    ['no JSON', '{', 400],
    ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    ['a name twice', '{"a":1,"a":1}', 400],
    ['depth', '['.repeat(20_000), 400],
    ['too many bytes', ' '.repeat(MAX_EVENT_BYTES + 1), 413],
  ])('a body of %s is answered as the sender needs it', async (_, body, status) => {
    const { send, looks } = await apiOf(given)
    const bad = authenticated(method, type, { headers: event.headers, body })
    const wantedStatus = MUST_BE_TAKEN.includes(name) ? 202 : status
    expect((await send(bad.path, bad.request)).status).toBe(wantedStatus)
    expect((await send('main', { headers: event.headers, body })).status).toBe(refusal)
    expect(looks).toEqual([])
  })
})

describe.each(CASES.filter(({ type }) => type.authMethods.includes('path')))(
  'the secret in the address of $name',
  (given) => {
    test('is in no audit line, answer or metric, whether it is right or wrong', async () => {
      const metrics = createMetricsRegistry()
      const auth = { method: 'path', secret: SECRET }
      const { send, looks, audit } = await createEventApi(
        [source({ type: given.name, registry: given.registry, repositories: ['**'], auth })],
        { metrics, settings: { registries: [{ host: given.registry }] } },
      )
      const bodies = [given.event, { ...given.event, body: '{' }, { headers: {}, body: '' }]
      const texts: string[] = []
      for (const secret of [SECRET, OTHER_SECRET])
        for (const body of bodies) {
          const answer = await send(`main/${secret}`, body)
          texts.push(JSON.stringify([...answer.headers]), await answer.text())
        }
      expect(looks).toHaveLength(given.looks.length)
      const told = [...texts, JSON.stringify(audit()), await metrics.render()].join('\n')
      expect(audit()).toHaveLength(2 * bodies.length)
      expect(told).toContain(given.name)
      for (const secret of [SECRET, OTHER_SECRET]) expect(told).not.toContain(secret)
    })
  },
)
