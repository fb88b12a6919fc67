// Callers with client certificates, as each runtime tells of them: the address of the proxy on Node and Deno, the
// edge's own word on Workers.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Miniflare } from 'miniflare'
import { describe, expect, test } from 'vitest'
import { miniflareOptions } from '../../demo/api/worker-bundle.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { DENO_PATH } from '../peers/runtimes.ts'
import { createApiFolder, onDeno } from '../support/api-process.ts'
import { issueCa } from '../support/certificates.ts'
import { leaveOut } from '../support/peers.ts'
import { workerScript } from '../support/worker-script.ts'

const { der } = issueCa()
const DIGEST = createHash('sha256').update(der).digest('hex')
const HEADERS = { 'content-type': 'application/json', 'client-cert': `:${encodeBase64(der)}:` }
/** Whoever is known gets as far as the key, which is not granted. */
const BODY = JSON.stringify({ contractVersion: '1.0', keyId: 'my-key' })

function configuration(proxy: string): object {
  return {
    callers: [{ name: 'machine', certificateSha256: DIGEST, permissions: ['describe-key'] }],
    clientCertificates: { proxies: [proxy] },
  }
}

function judgesByAddress(command?: readonly [string, ...string[]]): void {
  test.each([
    ['127.0.0.1', 403],
    ['127.0.0.2', 401],
  ])('a header counts from the proxy alone, %s', async (proxy, status) => {
    const folder = await createApiFolder(command)
    try {
      const api = folder.start({ CONFIG: await folder.write('config.json', configuration(proxy)) })
      const answer = await fetch(`${await api.url}/v1/describe-key`, {
        method: 'POST',
        headers: HEADERS,
        body: BODY,
      })
      expect(answer.status).toBe(status)
    } finally {
      await folder.close()
    }
  })
}

describe('client certificates on Node', () => judgesByAddress())
if (existsSync(DENO_PATH))
  describe('client certificates on Deno', () => judgesByAddress(onDeno(DENO_PATH)))
else leaveOut('client certificates on Deno', 'Deno')

describe('client certificates on workerd', () => {
  test('the edge is believed, a header is not', async () => {
    const worker = new Miniflare(
      miniflareOptions({
        script: await workerScript(),
        bindings: { CONFIG: JSON.stringify(configuration('127.0.0.1')) },
        log: () => {},
      }),
    )
    const statusWith = async (tlsClientAuth: object): Promise<number> => {
      const answer = await worker.dispatchFetch('https://api.example/v1/describe-key', {
        method: 'POST',
        headers: HEADERS,
        body: BODY,
        cf: { tlsClientAuth } as object,
      })
      return answer.status
    }
    try {
      const verified = { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0' }
      const certificate = { certFingerprintSHA256: DIGEST }
      expect(await statusWith({ ...verified, ...certificate })).toBe(403)
      expect(await statusWith({ ...verified, ...certificate, certVerified: 'FAILED' })).toBe(401)
      expect(await statusWith({})).toBe(401)
    } finally {
      await worker.dispose()
    }
  })
})
