// Whatever a signer's certificate names: nothing near the server is asked, over the API and with the connections that
// a process really makes.

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bindRevocation } from '../../../functions/revocation.ts'
import { createRevocationFetch } from '../../../functions/server/revocation-fetch.ts'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { createCrlCache } from '../../../shared/revocation/crl-cache.ts'
import { createHostPolicy } from '../../../shared/revocation/host-policy.ts'
import { createTestApi, image, trustBundle } from '../../support/api.ts'
import { AT, type BuiltChain, buildChain } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

describe('POST /v1/verify under audit', () => {
  let server: Server
  let requests = 0

  beforeAll(async () => {
    server = createServer((_, response) => {
      requests++
      response.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const portOf = (): number => (server.address() as AddressInfo).port

  /** How many requests reach the server on this machine when a signature of the chain is verified. */
  async function requestsFor(built: BuiltChain, trusted: BuiltChain, hosts: readonly string[]) {
    const hostPolicy = createHostPolicy(hosts)
    const { fetch, close } = createRevocationFetch(hostPolicy)
    const api = await createTestApi({
      built,
      trustBundle: await parseTrustBundle(trustBundle(trusted, 'audit'), nodeCrypto),
      createRevocationChecker: bindRevocation({
        fetch,
        hostPolicy,
        crlCache: createCrlCache(),
        crypto: nodeCrypto,
        now: () => AT,
      }),
    })
    const { reference } = await image(api)
    await api.post('/v1/sign', { reference, keyId: 'my-key' })
    const before = requests
    const answer = await api.post('/v1/verify', { reference })
    close()
    expect(answer.status).toBe(200)
    return requests - before
  }

  const chainNaming = (host: string): BuiltChain => {
    const url = `http://${host}:${portOf()}/latest/meta-data`
    return buildChain({ leaf: { crlUrls: [url], ocspUrls: [url] } })
  }

  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'asks nothing at %s, trusted or not, unless it is listed and the chain trusted',
    async (host) => {
      const built = chainNaming(host)
      const stranger = buildChain()
      expect(await requestsFor(built, built, [])).toBe(0)
      expect(await requestsFor(built, stranger, [])).toBe(0)
      expect(await requestsFor(built, stranger, [host])).toBe(0)
      expect(await requestsFor(built, built, [host])).toBeGreaterThan(0)
    },
  )

  test('asks nothing at a link-local address', async () => {
    const built = buildChain({ leaf: { crlUrls: ['http://169.254.169.254/latest/meta-data'] } })
    expect(await requestsFor(built, built, [])).toBe(0)
  })
})
