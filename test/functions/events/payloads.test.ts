import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SourceType } from '../../../functions/events/source-type.ts'
import {
  SOURCE_TYPE_NAMES,
  SOURCE_TYPES,
  type SourceTypeName,
} from '../../../functions/events/source-types.ts'
import { REGISTRY } from '../../support/api.ts'
import { authenticated, authSettings, createEventApi, source } from '../../support/events.ts'

/** A request as a sender makes it, and what has to come of it. */
interface Payload {
  /** Where the request comes from. */
  readonly source: string
  /** Host of the source; the tests' own where it is left out. */
  readonly registry?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly expect:
    | { readonly looks: readonly object[]; readonly ignored: Readonly<Record<string, number>> }
    | { readonly status: number; readonly answer: object }
}

const FOLDER = new URL('../../vectors/events/', import.meta.url)
const PAYLOADS = SOURCE_TYPE_NAMES.map((type) => ({
  type,
  payloads: readdirSync(new URL(`${type}/`, FOLDER)).map((name) => {
    const payload: Payload = JSON.parse(readFileSync(new URL(`${type}/${name}`, FOLDER), 'utf8'))
    return { name, payload }
  }),
}))

/** Sends a payload to a source that takes everything. */
async function send(name: SourceTypeName, { registry = REGISTRY, headers, body }: Payload) {
  const type: SourceType = SOURCE_TYPES[name]
  const method = type.authMethods.find((one) => one !== 'google' && one !== 'entra') ?? 'path'
  const { send, looks, audit } = await createEventApi(
    [source({ type: name, registry, repositories: ['**'], auth: authSettings(method) })],
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

describe.each(PAYLOADS)('payloads of $type', ({ type, payloads }) => {
  test('are there, each with its source', () => {
    expect(payloads.length).toBeGreaterThan(0)
    expect(payloads.filter(({ payload }) => payload.source === '')).toEqual([])
  })

  test.each(payloads)('$name', async ({ payload }) => {
    const { answer, looks, line } = await send(type, payload)
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
