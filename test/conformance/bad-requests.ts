// Every operation that reads a body × every kind of request that it cannot read: each is a problem that says what is
// wrong, and repeats nothing.

import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESCRIBED_OPERATIONS, pathOf } from '../../functions/openapi/described-operations.ts'
import { type OperationName, PROBLEMS } from '../../functions/openapi/problems.ts'
import { HTTP_STATUS } from '../../functions/problem.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { RunningApi, StartApi } from './runtimes.ts'
import { startWorld, TOKENS, type World } from './world.ts'

/** What is wrong with a request; a POST of JSON where nothing else is said. */
interface BadRequest {
  readonly what: string
  readonly code: ErrorCode
  readonly body?: string | Uint8Array
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Behind the path. */
  readonly suffix?: string
}

const NESTED = 30_000
const BAD_REQUESTS: readonly BadRequest[] = [
  { what: 'no body', code: 'request-invalid' },
  { what: 'an unfinished body', code: 'request-invalid', body: '{"planted":' },
  { what: 'text behind its body', code: 'request-invalid', body: '{} planted' },
  { what: 'a member twice', code: 'request-invalid', body: '{"planted":1,"planted":1}' },
  { what: 'an array', code: 'request-invalid', body: '["planted"]' },
  { what: 'null', code: 'request-invalid', body: 'null' },
  { what: 'a text', code: 'request-invalid', body: '"planted"' },
  { what: 'no member that is required', code: 'request-invalid', body: '{}' },
  {
    what: 'members of other types',
    code: 'request-invalid',
    body: '{"reference":["planted"],"keyId":1,"contractVersion":{},"blob":true,"signature":"planted"}',
  },
  {
    what: 'deep nesting',
    code: 'request-invalid',
    body: '['.repeat(NESTED) + ']'.repeat(NESTED),
  },
  {
    what: 'bytes that are not UTF-8',
    code: 'request-invalid',
    body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
  },
  {
    what: 'a byte order mark',
    code: 'request-invalid',
    body: new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
  },
  {
    what: 'a compressed body',
    code: 'request-invalid',
    body: gzipSync('{"planted":1}'),
    headers: { 'content-encoding': 'gzip' },
  },
  {
    what: 'another content type',
    code: 'media-type-unsupported',
    body: '{}',
    headers: { 'content-type': 'application/x-planted' },
  },
  { what: 'another method', code: 'method-not-allowed', method: 'DELETE' },
  { what: 'more behind its path', code: 'route-unknown', body: '{}', suffix: '/planted' },
]

/** Events are acknowledged however they are: their senders have tests of their own. */
const OPERATIONS = (Object.keys(PROBLEMS) as OperationName[]).filter(
  (name) => name !== 'events' && DESCRIBED_OPERATIONS[name].request !== undefined,
)

/** Describes what the API answers to bad requests on a runtime. */
export function refusesBadRequests(start: StartApi): void {
  let world: World
  let api: RunningApi

  beforeAll(async () => {
    world = await startWorld()
    api = await start(world)
  })
  afterAll(async () => {
    await api?.close()
    await world?.close()
  })

  describe.each(OPERATIONS)('%s', (operation) => {
    test.each(BAD_REQUESTS)('refuses $what', async (bad) => {
      const { code, body = null, method = 'POST', headers = {}, suffix = '' } = bad
      const path = pathOf(operation).replaceAll(/\{[a-z]+\}/g, 'planted')
      const answer = await fetch(`${api.url}${path}${suffix}`, {
        method,
        body: typeof body === 'string' || body === null ? body : Uint8Array.from(body),
        headers: {
          authorization: `Bearer ${TOKENS.signer}`,
          'content-type': 'application/json',
          ...headers,
        },
      })
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      const text = await answer.text()
      expect(text).not.toContain('planted')
      expect({ status: answer.status, ...JSON.parse(text) }).toMatchObject({
        status: HTTP_STATUS[code],
        code,
        detail: expect.stringMatching(/^Cannot [a-z]+\b.*[^.]$/),
      })
    })
  })
}
