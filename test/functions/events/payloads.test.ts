import { describe, expect, test } from 'vitest'
import { REGISTRY } from '../../support/api.ts'
import {
  type EventPayload,
  readEventPayloads,
  type TypePayloads,
} from '../../support/event-payloads.ts'
import { authenticated, authSettings, createEventApi, source } from '../../support/events.ts'

/** Sends a payload to a source that takes everything, unless it is told otherwise. */
async function send(
  { name, type, method }: TypePayloads,
  { registry = REGISTRY, repositories = ['**'], headers, body }: EventPayload,
) {
  const { send, looks, audit } = await createEventApi(
    [source({ type: name, registry, repositories, auth: authSettings(method) })],
    { settings: { registries: [{ host: registry }] } },
  )
  const { path, request } = authenticated(method, type, { headers, body: JSON.stringify(body) })
  const answer = await send(path, request)
  return { answer, looks, line: audit()[0] }
}

/** As the audit line has them, in any order. */
function reasons(text: unknown): readonly string[] {
  return typeof text === 'string' ? text.split(', ').toSorted() : []
}

describe.each(readEventPayloads())('payloads of $name', (given) => {
  const { payloads } = given

  test('are there, each with its source', () => {
    expect(payloads.length).toBeGreaterThan(0)
    expect(payloads.filter(({ payload }) => payload.source === '')).toEqual([])
  })

  test.each(payloads)('$name', async ({ payload }) => {
    const { answer, looks, line } = await send(given, payload)
    const wanted = payload.expect
    if ('answer' in wanted) {
      expect([answer.status, await answer.json()]).toEqual([wanted.status, wanted.answer])
      return
    }
    expect(answer.status).toBe(202)
    const found = looks.map(({ repository, digest, tag }) => ({ repository, digest, tag }))
    expect(JSON.parse(JSON.stringify(found))).toEqual(wanted.looks)
    const counts = Object.entries(wanted.ignored).map(([reason, count]) => `${reason} ${count}`)
    expect(reasons(line?.ignoredFor)).toEqual(counts.toSorted())
  })
})
