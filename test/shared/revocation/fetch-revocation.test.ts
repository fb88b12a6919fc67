import { describe, expect, test, vi } from 'vitest'
import {
  fetchRevocation,
  type RevocationAnswer,
  type RevocationRequest,
} from '../../../shared/revocation/fetch-revocation.ts'
import { createHostPolicy } from '../../../shared/revocation/host-policy.ts'
import {
  createRevocationRound,
  type RoundLimits,
} from '../../../shared/revocation/revocation-round.ts'
import { type SeenRequest, type ServerTable, startServers } from '../../support/ocsp-servers.ts'

const HOME = 'http://a.example.com/x'
const BODY = Uint8Array.of(1, 2, 3)

interface Asked {
  readonly answer: RevocationAnswer
  readonly seen: readonly SeenRequest[]
}

async function ask(
  table: ServerTable,
  changes: Partial<RevocationRequest> = {},
  limits: RoundLimits = {},
): Promise<Asked> {
  const { fetch, seen } = startServers(table)
  const answer = await fetchRevocation(
    { method: 'GET', url: new URL(HOME), timeoutMs: 1000, maxBytes: 10, ...changes },
    { fetch, hostPolicy: createHostPolicy(), round: createRevocationRound(limits) },
  )
  return { answer, seen }
}

function redirect(location: string, status = 302) {
  return { status, headers: { Location: location } }
}

/** A body of parts that come when they are asked for, and whether it was broken off. */
function bodyOf(...parts: readonly Uint8Array[]) {
  const cancel = vi.fn()
  const left = [...parts]
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const part = left.shift()
        if (part === undefined) controller.close()
        else controller.enqueue(part)
      },
      cancel,
    },
    { highWaterMark: 0 },
  )
  return { body, cancel, left }
}

describe('fetch-revocation', () => {
  test('fetchRevocation() reads the body of a 200', async () => {
    const { answer, seen } = await ask({ [HOME]: BODY })
    expect(answer).toEqual({ kind: 'body', body: BODY })
    expect(seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', HOME, undefined],
    ])
  })

  test('fetchRevocation() sends what it is given and no credentials', async () => {
    const { seen } = await ask(
      { [HOME]: BODY },
      { method: 'POST', body: BODY, contentType: 'application/ocsp-request' },
    )
    expect([seen[0]?.body, [...(seen[0]?.headers ?? [])]]).toEqual([
      BODY,
      [
        ['accept-encoding', 'identity'],
        ['content-type', 'application/ocsp-request'],
      ],
    ])
  })

  test('fetchRevocation() never lets the runtime follow a redirect', async () => {
    const fetch = vi.fn(async () => new Response(BODY))
    await fetchRevocation(
      { method: 'GET', url: new URL(HOME), timeoutMs: 1000, maxBytes: 10 },
      { fetch, hostPolicy: createHostPolicy(), round: createRevocationRound() },
    )
    expect(fetch).toHaveBeenCalledWith(HOME, expect.objectContaining({ redirect: 'manual' }))
  })

  test.each([201, 204, 206, 304, 400, 404, 500, 503])(
    'fetchRevocation() tells status %d',
    async (status) => {
      const { answer } = await ask({ [HOME]: { status } })
      expect(answer).toEqual({ kind: 'status', status })
    },
  )

  test.each([301, 302, 303, 307, 308])('fetchRevocation() follows status %d', async (status) => {
    const { answer, seen } = await ask({
      [HOME]: redirect('/y', status),
      'http://a.example.com/y': BODY,
    })
    expect(answer).toEqual({ kind: 'body', body: BODY })
    expect(seen.map(({ url }) => url)).toEqual([HOME, 'http://a.example.com/y'])
  })

  test.each([
    [301, false],
    [302, false],
    [303, false],
    [307, true],
    [308, true],
  ])('fetchRevocation() follows status %d with a POST: %s', async (status, isFollowed) => {
    const { answer, seen } = await ask(
      { [HOME]: redirect('http://b.example.com/', status), 'http://b.example.com/': BODY },
      { method: 'POST', body: BODY },
    )
    expect(answer.kind).toBe(isFollowed ? 'body' : 'status')
    expect(seen.at(-1)).toMatchObject({ method: 'POST', body: BODY })
  })

  test('fetchRevocation() follows three redirects and no fourth', async () => {
    const table = (hops: number) =>
      Object.fromEntries(
        Array.from({ length: hops + 1 }, (_, hop) => [
          hop === 0 ? HOME : `${HOME}${hop}`,
          hop === hops ? BODY : redirect(`${HOME}${hop + 1}`),
        ]),
      )
    const three = await ask(table(3))
    const four = await ask(table(4))
    expect(three.answer.kind).toBe('body')
    expect(four.answer).toEqual({ kind: 'failure', reason: 'it redirects more than 3 times' })
    expect(four.seen).toHaveLength(4)
  })

  test.each([
    ['https://a.example.com/', { kind: 'scheme', scheme: 'https' }],
    ['file:///etc/passwd', { kind: 'scheme', scheme: 'file' }],
    [
      'http://[::1]/',
      {
        kind: 'failure',
        reason: 'host "[::1]" is not public, and revocationHosts does not list it',
      },
    ],
    ['http://u:p@b.example.com/', { kind: 'failure', reason: 'its URL holds credentials' }],
    ['http://', { kind: 'status', status: 302 }],
  ])('fetchRevocation() does not follow a redirect to %s', async (location, expected) => {
    const { answer, seen } = await ask({ [HOME]: redirect(location) })
    expect(answer).toEqual(expected)
    expect(seen).toHaveLength(1)
  })

  test('fetchRevocation() tells a redirect without target by its status', async () => {
    const { answer } = await ask({ [HOME]: { status: 302 } })
    expect(answer).toEqual({ kind: 'status', status: 302 })
  })

  test('fetchRevocation() does not read a body that says it is too large', async () => {
    const { body, cancel, left } = bodyOf(new Uint8Array(11))
    const { answer } = await ask({ [HOME]: { headers: { 'Content-Length': '11' }, body } })
    expect([answer, left.length]).toEqual([{ kind: 'too-large' }, 1])
    expect(cancel).toHaveBeenCalledOnce()
  })

  test('fetchRevocation() breaks off a body as soon as it is too large', async () => {
    const part = new Uint8Array(6)
    const { body, cancel, left } = bodyOf(part, part, part, part)
    const { answer } = await ask({ [HOME]: { body } })
    expect([answer, left.length]).toEqual([{ kind: 'too-large' }, 2])
    expect(cancel).toHaveBeenCalledOnce()
  })

  test('fetchRevocation() reads a body that comes in many small parts', async () => {
    const whole = Uint8Array.from({ length: 50_000 }, (_, place) => place)
    const parts = Array.from({ length: 10_000 }, (_, part) =>
      whole.subarray(5 * part, 5 * part + 5),
    )
    const { answer } = await ask({ [HOME]: { body: bodyOf(...parts).body } }, { maxBytes: 50_000 })
    expect(answer).toEqual({ kind: 'body', body: whole })
  })

  test('fetchRevocation() takes a body of just the limit', async () => {
    const { answer } = await ask({ [HOME]: new Uint8Array(10) })
    expect(answer.kind).toBe('body')
  })

  test('fetchRevocation() ends when the time is over, also within a body', async () => {
    const hanging = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(BODY),
    })
    const fetch = async (_: string, { signal }: RequestInit) => {
      signal?.addEventListener('abort', () => hanging.cancel().catch(() => undefined))
      const body = hanging.pipeThrough(new TransformStream(), signal ? { signal } : {})
      return new Response(body)
    }
    const answer = await fetchRevocation(
      { method: 'GET', url: new URL(HOME), timeoutMs: 5, maxBytes: 10 },
      { fetch, hostPolicy: createHostPolicy(), round: createRevocationRound() },
    )
    expect(answer).toEqual({ kind: 'timeout', timeoutMs: 5 })
  })

  test.each([
    [new Error('connection refused'), 'connection refused'],
    [new TypeError('fetch failed', { cause: new Error('ENOTFOUND a') }), 'ENOTFOUND a'],
  ])('fetchRevocation() tells that it failed: %s', async (error, reason) => {
    const { answer } = await ask({ [HOME]: error })
    expect(answer).toEqual({ kind: 'failure', reason: `request failed: ${reason}` })
  })

  test('fetchRevocation() counts requests, redirects too', async () => {
    const table = { [HOME]: redirect(`${HOME}1`), [`${HOME}1`]: BODY }
    const enough = await ask(table, {}, { maxRequests: 2 })
    const tooFew = await ask(table, {}, { maxRequests: 1 })
    expect([enough.answer.kind, tooFew.answer]).toEqual([
      'body',
      { kind: 'failure', reason: 'this verification has made too many requests' },
    ])
    expect(tooFew.seen).toHaveLength(1)
  })

  test('fetchRevocation() counts the bytes of a verification', async () => {
    const { answer } = await ask({ [HOME]: BODY }, {}, { maxBytes: 2 })
    expect(answer).toEqual({
      kind: 'failure',
      reason: 'this verification has read too many bytes',
    })
  })
})
