import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createRevocationFetch,
  type ResolveName,
  type RevocationConnections,
} from '../../../functions/server/revocation-fetch.ts'
import { createHostPolicy } from '../../../shared/revocation/host-policy.ts'

const NAME = 'rebound.example.com'
const LOOPBACK = { address: '127.0.0.1', family: 4 }
const LINK_LOCAL = { address: '169.254.169.254', family: 4 }

describe('createRevocationFetch()', () => {
  let server: Server | undefined
  let connections: RevocationConnections | undefined
  let requests = 0

  afterEach(() => {
    connections?.close()
    server?.close()
    server?.closeAllConnections()
    requests = 0
  })

  async function listen(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<number> {
    server = createServer((request, response) => {
      requests++
      answer(request, response)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  function open(hosts: readonly string[], resolveName?: ResolveName) {
    connections = createRevocationFetch(createHostPolicy(hosts), resolveName)
    return connections.fetch
  }

  test('posts a body to a listed name and gives the answer', async () => {
    const port = await listen((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () =>
        response
          .writeHead(200, { 'content-type': 'application/ocsp-response' })
          .end(`${request.method} ${request.headers.host} ${Buffer.concat(parts)}`),
      )
    })
    const fetch = open([`${NAME}:${port}`], async () => [LOOPBACK])
    const answer = await fetch(`http://${NAME}:${port}/`, {
      method: 'POST',
      body: new TextEncoder().encode('asked'),
    })
    expect(answer.headers.get('content-type')).toBe('application/ocsp-response')
    expect(await answer.text()).toBe(`POST ${NAME}:${port} asked`)
  })

  test.each([
    ['nothing', []],
    ['another port', [`${NAME}:1`]],
    ['another name', ['other.example.com']],
  ])('connects to no address that is not public where %s is listed', async (_what, hosts) => {
    const port = await listen((_, response) => response.end())
    const fetch = open(hosts, async () => [LOOPBACK])
    await expect(fetch(`http://${NAME}:${port}/`, {})).rejects.toThrow(
      `host "${NAME}" has the address "127.0.0.1", which is not public, and revocationHosts does not list it`,
    )
    expect(requests).toBe(0)
  })

  test('says so for a name of which no address is public', async () => {
    const fetch = open([], async () => [LINK_LOCAL, LOOPBACK])
    await expect(fetch(`http://${NAME}/`, {})).rejects.toThrow('"169.254.169.254"')
  })

  test('says so for a name without an address', async () => {
    const fetch = open([], async () => [])
    await expect(fetch(`http://${NAME}/`, {})).rejects.toThrow(`host "${NAME}" has no address`)
  })

  test('asks the resolver of the system', async () => {
    const port = await listen((_, response) => response.end('here'))
    const answer = await open(['localhost'])(`http://localhost:${port}/`, {})
    expect(await answer.text()).toBe('here')
  })

  test('follows no redirect and goes through no proxy', async () => {
    const port = await listen((request, response) =>
      response.writeHead(302, { location: `http://${NAME}/`, 'x-url': request.url }).end(),
    )
    const answer = await open([NAME], async () => [LOOPBACK])(`http://${NAME}:${port}/a`, {})
    expect(answer.status).toBe(302)
    expect(answer.headers.get('x-url')).toBe('/a')
  })

  test.each([204, 304])('gives an answer of status %i, which has no body', async (status) => {
    const port = await listen((_, response) => response.writeHead(status).end())
    const answer = await open([NAME], async () => [LOOPBACK])(`http://${NAME}:${port}/`, {})
    expect(answer.status).toBe(status)
  })

  test('ends when it is aborted', async () => {
    const port = await listen(() => {})
    const fetch = open([NAME], async () => [LOOPBACK])
    const signal = AbortSignal.timeout(50)
    await expect(fetch(`http://${NAME}:${port}/`, { signal })).rejects.toThrow()
    expect(signal.aborted).toBe(true)
  })

  test('breaks off a body that nobody reads further', async () => {
    const port = await listen((_, response) => {
      response.writeHead(200)
      response.write('part')
    })
    const answer = await open([NAME], async () => [LOOPBACK])(`http://${NAME}:${port}/`, {})
    const reader = answer.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('part')
    await reader?.cancel()
  })
})
