import { createHash, verify, X509Certificate } from 'node:crypto'
// The default import: an interceptor replaces members of this object, not named imports of them.
import https from 'node:https'
import { http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { FREE_PORTS, keypairOf, MESSAGE } from './stm.ts'

const HOST = 'https://clientauth.one.digicert.com'

describe('behind MSW, the emulator', () => {
  let emulator: RunningEmulator
  const server = setupServer()
  beforeAll(async () => {
    emulator = await startEmulator(FREE_PORTS)
    server.use(
      http.all(`${HOST}/*`, async ({ request: intercepted }) =>
        emulator.fetch(intercepted, { peerCertificate: emulator.clientCertificate }),
      ),
    )
    server.listen()
  })
  afterEach(() => emulator.setFaults([]))
  afterAll(async () => {
    server.close()
    await emulator.close()
  })

  test('answers fetch() at the real service’s host', async () => {
    const response = await fetch(`${HOST}/signingmanager/api/v1/keypairs?alias=my-key`, {
      headers: { 'x-api-key': emulator.apiKey },
    })
    expect((await response.json()).total).toBe(1)
  })

  test('answers node:https there, signing included', async () => {
    const { id, certificates } = keypairOf(emulator, 'ec-p384')
    const hash = createHash('sha384').update(MESSAGE).digest('base64')
    const text = await new Promise<string>((resolve, reject) => {
      const outgoing = https.request(
        `${HOST}/signingmanager/api/v1/keypairs/${id}/sign`,
        {
          method: 'POST',
          headers: { 'x-api-key': emulator.apiKey, 'content-type': 'application/json' },
        },
        (incoming) => {
          let body = ''
          incoming.on('data', (chunk) => {
            body += chunk
          })
          incoming.once('end', () => resolve(body))
        },
      )
      outgoing.once('error', reject)
      outgoing.end(JSON.stringify({ sig_alg: 'SHA384withECDSA', hash }))
    })
    const signature = Buffer.from(JSON.parse(text).signature, 'base64')
    const key = new X509Certificate(certificates[0] ?? '').publicKey
    expect(verify('sha384', Buffer.from(MESSAGE), key, signature)).toBe(true)
  })

  test.each(['reset', 'cut-off'] as const)(
    'gives the fault %s as a network error',
    async (answer) => {
      emulator.setFaults([{ on: 'list-keypairs', answer }])
      const read = async () => {
        const response = await fetch(`${HOST}/signingmanager/api/v1/keypairs`, {
          headers: { 'x-api-key': emulator.apiKey },
        })
        return response.text()
      }
      await expect(read()).rejects.toThrow(TypeError)
    },
  )
})
