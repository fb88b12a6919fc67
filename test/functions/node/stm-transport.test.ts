import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { afterEach, describe, expect, test } from 'vitest'
import { createStmTransport } from '../../../functions/node/stm-transport.ts'
import { MAX_STM_ANSWER_BYTES } from '../../../shared/limits.ts'
import type { StmAnswer, StmFailure } from '../../../shared/stm/transport.ts'

/** Longer than any test takes. */
const PATIENCE_MS = 20_000
const SHORT_MS = 50

describe('createStmTransport()', () => {
  const sockets = new Set<Socket>()
  let agent: Dispatcher = new Agent()
  let server: Server | undefined

  afterEach(async () => {
    await agent.destroy()
    agent = new Agent()
    for (const socket of sockets) socket.destroy()
    server?.close()
    server = undefined
  })

  async function listen(onConnection: (socket: Socket) => void): Promise<string> {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      onConnection(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  function post(origin: string, timeoutMs = PATIENCE_MS): Promise<StmAnswer | StmFailure> {
    const exchange = createStmTransport(agent, {
      origin,
      proxy: agent instanceof ProxyAgent ? 'proxy.example:3128' : undefined,
    })
    return exchange({ method: 'POST', url: `${origin}/sign`, headers: {}, body: '{}', timeoutMs })
  }

  test('gives an answer of any status with its headers and body', async () => {
    const host = await listen((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno'),
      ),
    )
    expect(await post(`http://${host}`)).toEqual({
      kind: 'answer',
      status: 503,
      headers: { 'retry-after': '7', 'content-length': '2' },
      body: new TextEncoder().encode('no'),
    })
  })

  test.each([
    ['no host has the name', 'https://stm.invalid', 'configuration-invalid'],
    ['nobody listens', 'https://127.0.0.1:1', 'signer-unavailable'],
  ])('says that nothing was sent when %s', async (_what, origin, code) => {
    expect(await post(origin)).toMatchObject({ kind: 'failure', sent: false, error: { code } })
  })

  test('says that nothing was sent when the handshake fails', async () => {
    const host = await listen((socket) => socket.end('no TLS'))
    expect(await post(`https://${host}`)).toMatchObject({ kind: 'failure', sent: false })
  })

  test('says that nothing was sent when the handshake takes too long', async () => {
    const host = await listen((socket) => socket.resume())
    const outcome = await post(`https://${host}`, SHORT_MS)
    expect(outcome).toMatchObject({
      kind: 'failure',
      sent: false,
      error: {
        code: 'signer-timeout',
        message: expect.stringContaining(`did not answer within ${SHORT_MS} ms; SM_CONN_TIMEOUT`),
      },
    })
  })

  test.each([
    ['breaks off', (socket: Socket) => socket.destroy(), 'signer-unavailable'],
    ['closes', (socket: Socket) => socket.end(), 'signer-unavailable'],
    ['answers no HTTP', (socket: Socket) => socket.end('nothing\r\n\r\n'), 'signer-answer-invalid'],
    [
      'breaks off in the answer',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'),
      'signer-unavailable',
    ],
  ])('says that the request may have been read when the service %s', async (...row) => {
    const [, answer, code] = row
    const host = await listen((socket) => socket.once('data', () => answer(socket)))
    expect(await post(`http://${host}`)).toMatchObject({
      kind: 'failure',
      sent: true,
      error: { code },
    })
  })

  test('says that the request may have been read when no answer comes in time', async () => {
    const host = await listen((socket) => socket.resume())
    expect(await post(`http://${host}`, SHORT_MS)).toMatchObject({
      kind: 'failure',
      sent: true,
      error: { code: 'signer-timeout' },
    })
  })

  test('says that nothing was sent when the proxy makes no tunnel', async () => {
    const host = await listen((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n')),
    )
    await agent.destroy()
    agent = new ProxyAgent(`http://${host}`)
    expect(await post('https://stm.example.invalid')).toMatchObject({
      kind: 'failure',
      sent: false,
      error: {
        code: 'signer-unavailable',
        message: expect.stringContaining('the proxy proxy.example:3128 answered 502 to CONNECT'),
      },
    })
  })

  test('stops reading an answer at the limit', async () => {
    const host = await listen((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
        socket.write(Buffer.alloc(MAX_STM_ANSWER_BYTES + 1))
      }),
    )
    expect(await post(`http://${host}`)).toMatchObject({
      kind: 'failure',
      sent: true,
      error: { code: 'signer-answer-invalid' },
    })
  })
})
