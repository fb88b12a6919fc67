// The seam for the address behind a name, with what a Node server would bind to it.

import { createServer } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { Agent, fetch as undiciFetch } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type FetchDependencies,
  fetchRevocation,
} from '../../../shared/revocation/fetch-revocation.ts'
import {
  checkResolvedAddress,
  createHostPolicy,
  type HostPolicy,
} from '../../../shared/revocation/host-policy.ts'
import { createRevocationRound } from '../../../shared/revocation/revocation-round.ts'

const BODY = 'an answer'
let requests = 0
const server = createServer((_, response) => {
  requests++
  response.end(BODY)
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => {
  server.close()
})

describe('resolved-address', () => {
  test('fetchRevocation() connects to no address that is not public', async () => {
    const before = requests
    expect(await ask(createHostPolicy())).toEqual({
      kind: 'failure',
      reason:
        'request failed: host "rebound.example.com" has the address "127.0.0.1", which is not public, and revocationHosts does not list it',
    })
    expect(requests).toBe(before)
  })

  test('fetchRevocation() connects to the address of a name that is listed', async () => {
    const answer = await ask(createHostPolicy(['rebound.example.com']))
    expect(answer).toEqual({ kind: 'body', body: new TextEncoder().encode(BODY) })
  })
})

async function ask(hostPolicy: HostPolicy) {
  const { port } = server.address() as AddressInfo
  const url = new URL(`http://rebound.example.com:${port}/crl`)
  const request = { method: 'GET', url, timeoutMs: 5000, maxBytes: 100 } as const
  const round = createRevocationRound()
  return fetchRevocation(request, { fetch: createFetch(hostPolicy), hostPolicy, round })
}

/** A fetch whose names all resolve to loopback, and which checks what it resolved before it connects. */
function createFetch(hostPolicy: HostPolicy): FetchDependencies['fetch'] {
  return async (text, { method, headers, redirect, signal }) => {
    const url = new URL(text)
    const dispatcher = new Agent({
      connect: {
        lookup: (_name, _options, callback) => {
          const address = '127.0.0.1'
          const reason = checkResolvedAddress(url, address, hostPolicy)
          if (reason !== undefined) callback(new Error(reason), [])
          else callback(null, [{ address, family: isIPv6(address) ? 6 : 4 }])
        },
      },
    })
    const response = await undiciFetch(text, {
      ...(method && { method }),
      ...(headers && { headers: Object.fromEntries(new Headers(headers)) }),
      ...(redirect && { redirect }),
      ...(signal && { signal }),
      dispatcher,
    })
    return response as unknown as Response
  }
}
