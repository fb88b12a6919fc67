import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createFetchTransport } from '../../functions/stm-fetch-transport.ts'
import { NotationError } from '../../shared/errors.ts'
import { MAX_STM_ANSWER_BYTES } from '../../shared/limits.ts'

/** Longer than any test takes. */
const PATIENCE_MS = 20_000
const SHORT_MS = 50
const JUDGED = new NotationError('signer-unavailable', 'what the runtime makes of it')

describe('createFetchTransport()', () => {
  const sockets = new Set<Socket>()
  let server: Server | undefined

  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    server?.close()
    server = undefined
  })

  async function post(answer: (socket: Socket) => void, timeoutMs = PATIENCE_MS) {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('data', () => answer(socket))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sign`
    const exchange = createFetchTransport(fetch, () => ({ sent: false, error: JUDGED }))
    return exchange({ method: 'POST', url, headers: {}, body: '{}', timeoutMs })
  }

  test.each([200, 307, 503])(
    'gives an answer of status %i with headers and body',
    async (status) => {
      const lines = [`HTTP/1.1 ${status} X`, 'Retry-After: 7', 'Location: /x', 'Content-Length: 2']
      const answer = await post((socket) => socket.end(`${lines.join('\r\n')}\r\n\r\nno`))
      expect(answer).toEqual({
        kind: 'answer',
        status,
        headers: { 'retry-after': '7', location: '/x', 'content-length': '2' },
        body: new TextEncoder().encode('no'),
      })
    },
  )

  test('has the runtime judge a broken connection', async () => {
    expect(await post((socket) => socket.destroy())).toEqual({
      kind: 'failure',
      sent: false,
      error: JUDGED,
    })
  })

  test.each([
    ['no answer', ''],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'],
  ])('says that the request may have been read when %s comes in time', async (_what, part) => {
    expect(await post((socket) => socket.write(part), SHORT_MS)).toMatchObject({
      kind: 'failure',
      sent: true,
      error: {
        code: 'signer-timeout',
        message: expect.stringContaining(`did not answer within ${SHORT_MS} ms; SM_CONN_TIMEOUT`),
      },
    })
  })

  test('stops reading an answer at the limit', async () => {
    const answer = await post((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
      socket.write(Buffer.alloc(MAX_STM_ANSWER_BYTES + 1))
    })
    expect(answer).toMatchObject({
      kind: 'failure',
      sent: true,
      error: { code: 'signer-answer-invalid' },
    })
  })
})
