import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../emulator/faults.ts'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { parseTimestampRequest } from '../../emulator/timestamp-request.ts'
import { FREE_PORTS } from './stm.ts'

describe('the timestamp authority', () => {
  let emulator: RunningEmulator
  let folder: string
  beforeAll(async () => {
    emulator = await startEmulator(FREE_PORTS)
    folder = mkdtempSync(join(tmpdir(), 'emulator-tsa-'))
    writeFileSync(join(folder, 'data'), 'what was signed')
    writeFileSync(join(folder, 'root.pem'), emulator.tsaRootPem)
  })
  afterEach(() => {
    emulator.setFaults([])
    emulator.setProfile([])
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await emulator.close()
  })

  function openssl(...args: readonly string[]): string {
    return execFileSync('openssl', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  function query(...args: readonly string[]): Buffer {
    openssl('ts', '-query', '-data', 'data', '-out', 'query.tsq', ...args)
    return readFileSync(join(folder, 'query.tsq'))
  }

  function post(body: BodyInit, type = 'application/timestamp-query'): Promise<Response> {
    const headers = { 'content-type': type }
    return fetch(emulator.tsaUrl, { method: 'POST', headers, body })
  }

  /** The reply as OpenSSL prints it. */
  async function replyTo(body: BodyInit): Promise<string> {
    writeFileSync(join(folder, 'reply.tsr'), await (await post(body)).bytes())
    return openssl('ts', '-reply', '-in', 'reply.tsr', '-text')
  }

  const verify = () =>
    openssl('ts', '-verify', '-queryfile', 'query.tsq', '-in', 'reply.tsr', '-CAfile', 'root.pem')

  test.each(['-sha256', '-sha384', '-sha512'])(
    'OpenSSL verifies its token for a %s imprint, with nonce and certificates',
    async (hash) => {
      const text = await replyTo(new Uint8Array(query(hash, '-cert')))
      const nonce = /^Nonce: 0x([0-9A-F]+)$/m.exec(
        openssl('ts', '-query', '-in', 'query.tsq', '-text'),
      )
      expect(text).toContain('Status: Granted.')
      expect(text).toContain(`Nonce: ${nonce?.[0].slice('Nonce: '.length)}`)
      expect(text).toContain(`Hash Algorithm: ${hash.slice(1)}`)
      expect(text).toContain('Accuracy: 0x01 seconds')
      expect(verify()).toContain('Verification: OK')
    },
  )

  test('its content type has no parameters', async () => {
    const response = await post(new Uint8Array(query('-sha256', '-cert')))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/timestamp-reply')
  })

  function certificatesInToken(): number {
    openssl('ts', '-reply', '-in', 'reply.tsr', '-token_out', '-out', 'token.der')
    const pem = openssl('pkcs7', '-inform', 'DER', '-in', 'token.der', '-print_certs')
    return pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0
  }

  test('certificates come where they are asked for: leaf and intermediate, never the root', async () => {
    await replyTo(new Uint8Array(query('-sha256', '-cert')))
    expect(certificatesInToken()).toBe(2)
    await replyTo(new Uint8Array(query('-sha256')))
    expect(certificatesInToken()).toBe(0)
  })

  test('tsa-cross-signed adds the cross-signed root, and the self-signed one still anchors', async () => {
    emulator.setProfile('tsa-cross-signed')
    await replyTo(new Uint8Array(query('-sha256', '-cert')))
    expect(certificatesInToken()).toBe(3)
    expect(verify()).toContain('Verification: OK')
  })

  test('a query without a nonce gets a token without one', async () => {
    expect(await replyTo(new Uint8Array(query('-sha256', '-cert', '-no_nonce')))).toContain(
      'Nonce: unspecified',
    )
  })

  test('the token is a SignedData of version 3 with SigningCertificateV2 and SHA-256', async () => {
    await replyTo(new Uint8Array(query('-sha256', '-cert')))
    openssl('ts', '-reply', '-in', 'reply.tsr', '-token_out', '-out', 'token.der')
    const text = openssl('asn1parse', '-inform', 'DER', '-in', 'token.der')
    expect(text).toMatch(/d=3 .*INTEGER +:03/)
    expect(text).toContain('id-smime-aa-signingCertificateV2')
    expect(text).not.toContain('sha1')
  })

  test('the policy that it has may be asked for', async () => {
    const body = new Uint8Array(query('-sha256', '-tspolicy', '1.3.6.1.4.1.32473.1.1'))
    expect(await replyTo(body)).toContain('Policy OID: 1.3.6.1.4.1.32473.1.1')
  })

  test.each([
    ['-sha256 -tspolicy 1.2.3.4.1', 'the requested TSA policy is not supported by the TSA'],
    ['-sha1', 'unrecognized or unsupported algorithm identifier'],
  ])('a query with %s is rejected: %s', async (args, reason) => {
    const text = await replyTo(new Uint8Array(query(...args.split(' '))))
    expect(text).toContain('Status: Rejected.')
    expect(text).toContain(`Failure info: ${reason}`)
    expect(text).not.toContain('TST info:\nVersion')
  })

  test.each([
    ['garbage', Uint8Array.of(1, 2, 3)],
    ['nothing', new Uint8Array()],
    ['a digest of another length', (q: Uint8Array) => withImprintByteLess(q)],
    ['bytes behind the query', (q: Uint8Array) => Uint8Array.from([...q, 0])],
  ])('%s is rejected as badDataFormat', async (_what, body) => {
    const sent = typeof body === 'function' ? body(query('-sha256', '-no_nonce')) : body
    const text = await replyTo(new Uint8Array(sent))
    expect(text).toContain('Failure info: the data submitted has the wrong format')
  })

  test('a query of version 2 is rejected as badRequest', async () => {
    const body = query('-sha256', '-no_nonce')
    // SEQUENCE, length, INTEGER, 1, version.
    body[4] = 2
    expect(await replyTo(new Uint8Array(body))).toContain(
      'Failure info: transaction not permitted or supported',
    )
  })

  test('a query with an extension is rejected as unacceptedExtension', async () => {
    const body = query('-sha256', '-no_nonce')
    const extensions = [0xa0, 9, 0x30, 7, 6, 1, 0x2a, 4, 2, 5, 0]
    const sent = Uint8Array.from([...body, ...extensions])
    sent[1] = (sent[1] ?? 0) + extensions.length
    expect(await replyTo(sent)).toContain('Failure info: the requested extension is not supported')
  })

  test('another content type gets 415, another method 405, another path 404', async () => {
    expect((await post('x', 'text/plain')).status).toBe(415)
    expect((await fetch(emulator.tsaUrl)).status).toBe(405)
    expect((await fetch(`${emulator.tsaUrl}/x`)).status).toBe(404)
  })

  test('a query above 16 KiB gets 413', async () => {
    expect((await post(new Uint8Array(20_000))).status).toBe(413)
  })

  async function statusUnder(answer: Fault['answer']): Promise<Response> {
    emulator.setFaults([{ on: 'timestamp', answer, retryAfterSeconds: 7 }])
    return post(new Uint8Array(query('-sha256', '-cert')))
  }

  test('can be unavailable, and says when to come again', async () => {
    const response = await statusUnder('unavailable')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('7')
  })

  test('can end the connection', async () => {
    await expect(statusUnder('reset')).rejects.toThrow('fetch failed')
  })

  test.each([
    ['wrong-nonce', 'nonce mismatch'],
    ['wrong-imprint', 'message imprint mismatch'],
  ] as const)('%s is found out by OpenSSL', async (answer, reason) => {
    const body = new Uint8Array(query('-sha256', '-cert'))
    emulator.setFaults([{ on: 'timestamp', answer }])
    await replyTo(body)
    expect(verify).toThrow(reason)
  })

  test('rejected has the status of a TSA without the time', async () => {
    const body = new Uint8Array(query('-sha256', '-cert'))
    emulator.setFaults([{ on: 'timestamp', answer: 'rejected' }])
    const text = await replyTo(body)
    expect(text).toContain("Failure info: the TSA's time source is not available")
  })

  test('the time is the emulator’s', async () => {
    const at = new Date('2030-01-02T03:04:05.678Z')
    const other = await startEmulator({ ...FREE_PORTS, now: () => at })
    const response = await fetch(other.tsaUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query' },
      body: new Uint8Array(query('-sha256')),
    })
    writeFileSync(join(folder, 'reply.tsr'), await response.bytes())
    await other.close()
    expect(openssl('ts', '-reply', '-in', 'reply.tsr', '-text')).toContain(
      'Time stamp: Jan  2 03:04:05 2030 GMT',
    )
  })
})

describe('parseTimestampRequest()', () => {
  test('reads or rejects any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const parsed = parseTimestampRequest(new Uint8Array(bytes))
        return 'request' in parsed || 'rejection' in parsed
      }),
    )
  })

  test('rejects an empty GeneralizedTime, for which the parser throws', () => {
    expect(parseTimestampRequest(Uint8Array.of(0x18, 0))).toEqual({
      rejection: { failure: 'badDataFormat', text: 'the query is no DER TimeStampReq' },
    })
  })

  test('reads or rejects a query with any byte changed', () => {
    const digest = createHash('sha256').update('x').digest()
    const imprint = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32, ...digest]
    const query = [0x30, 5 + imprint.length, 2, 1, 1, 0x30, imprint.length, ...imprint]
    expect(parseTimestampRequest(Uint8Array.from(query))).toHaveProperty('request')
    for (let index = 0; index < query.length; index++) {
      const changed = Uint8Array.from(query)
      changed[index] = (changed[index] ?? 0) ^ 0xff
      expect(() => parseTimestampRequest(changed)).not.toThrow()
    }
  })
})

/** The query with its imprint, which is its last member, one byte shorter. */
function withImprintByteLess(query: Uint8Array): Uint8Array {
  const shorter = query.slice(0, -1)
  // Lengths of the query, of the imprint and of its digest.
  for (const index of [1, 6, 6 + 1 + 15 + 1]) shorter[index] = (shorter[index] ?? 0) - 1
  return shorter
}
