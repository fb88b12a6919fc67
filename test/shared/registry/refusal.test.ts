import { expect, it } from 'vitest'
import { refusal } from '../../../shared/registry/refusal.ts'

it.each([
  [401, 'registry-denied', '; check the username and password'],
  [403, 'registry-denied', '; the account lacks the permission'],
  [404, 'artifact-unknown', ''],
  [413, 'registry-answer-invalid', ''],
  [418, 'registry-answer-invalid', ''],
  [429, 'registry-throttled', ''],
  [500, 'registry-unavailable', ''],
  [503, 'registry-unavailable', ''],
])('refusal() of status %i is %s', (status, code, remedy) => {
  const error = refusal('resolve "r/a:v1"', answer(status))
  expect(error.code).toBe(code)
  expect(error.message).toBe(`Cannot resolve "r/a:v1": "r.example" answered ${status}${remedy}`)
})

it('refusal() shows an error code of the registry, and none of its texts', () => {
  const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"<b>planted</b>"}]}'
  expect(refusal('push', answer(429, {}, body)).message).toBe(
    'Cannot push: "r.example" answered 429 TOOMANYREQUESTS',
  )
  expect(refusal('push', answer(429, {}, '{"code":"<b>"}')).message).toBe(
    'Cannot push: "r.example" answered 429',
  )
})

it.each([
  [{ 'retry-after': '120' }, 120],
  [
    {
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      'retry-after': 'Sun, 06 Nov 1994 08:50:07 GMT',
    },
    30,
  ],
  [
    {
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      'retry-after': 'Sun, 06 Nov 1994 08:49:07 GMT',
    },
    0,
  ],
  [{ 'retry-after': 'Sun, 06 Nov 1994 08:50:07 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
])('refusal() reads the wait of %j as %s seconds', (headers, seconds) => {
  expect(refusal('push', answer(503, headers)).retryAfterSeconds).toBe(seconds)
})

function answer(status: number, headers: Readonly<Record<string, string>> = {}, body = '') {
  const url = new URL('https://r.example/v2/')
  return { status, url, headers: new Headers(headers), bytes: new TextEncoder().encode(body) }
}
