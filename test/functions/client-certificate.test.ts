import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CertificateProxies,
  canonicalAddress,
  findCertificateDigest,
  type Sender,
} from '../../functions/client-certificate.ts'
import { parseConfiguration } from '../../functions/configuration.ts'
import { senderOf } from '../../functions/worker/sender.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { isNotationError } from '../../shared/errors.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { createTestApi, type TestApi } from '../support/api.ts'
import { issueCa } from '../support/certificates.ts'

const { der } = issueCa()
const DIGEST = createHash('sha256').update(der).digest('hex')
const RFC_9440 = `:${encodeBase64(der)}:`
const PEM = encodeURIComponent(encodePem('CERTIFICATE', der))
const PROXY = '10.0.0.5'
const PROXIES: CertificateProxies = { addresses: [PROXY], header: 'Client-Cert' }

function find(
  value: string | undefined,
  sender: Sender = { peerAddress: PROXY },
  proxies: CertificateProxies | undefined = PROXIES,
): Promise<string | undefined> {
  const headers = new Headers(value === undefined ? {} : { 'client-cert': value })
  return findCertificateDigest(headers, sender, proxies, webCrypto)
}

describe('findCertificateDigest()', () => {
  test.each([
    ['of RFC 9440', RFC_9440],
    ['in percent-encoded PEM', PEM],
    [
      'in PEM with the characters that some leave as they are',
      PEM.replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '='),
    ],
  ])("reads a proxy's header %s", async (_what, value) => {
    expect(await find(value)).toBe(DIGEST)
  })

  test.each<[string, Sender, CertificateProxies | undefined]>([
    ['another address', { peerAddress: '10.0.0.50' }, PROXIES],
    ['an address that the runtime does not tell', {}, PROXIES],
    ['anybody while no proxy is configured', { peerAddress: PROXY }, undefined],
  ])('does not look at a header from %s', async (_what, sender, proxies) => {
    const headers = new Headers({ 'client-cert': RFC_9440 })
    expect(await findCertificateDigest(headers, sender, proxies, webCrypto)).toBeUndefined()
  })

  test.each([undefined, ''])('takes the header %j for no certificate', async (value) => {
    expect(await find(value)).toBeUndefined()
  })

  test('takes the word of the platform, whatever the header says', async () => {
    const sender = { certificateSha256: 'aa'.repeat(32), peerAddress: PROXY }
    expect(await find(RFC_9440, sender)).toBe('aa'.repeat(32))
  })

  test.each([
    ['no base64', ':%:'],
    ['nothing', '::'],
    ['half an escape', '%E0%A4%A'],
    ['a text', 'CN=release'],
    ['two certificates', PEM + PEM],
    ['two headers', `${RFC_9440}, ${RFC_9440}`],
  ])('refuses a header with %s', async (_what, value) => {
    await expect(find(value)).rejects.toMatchObject({
      code: 'caller-unauthenticated',
      message:
        'Cannot tell who is calling: the header "Client-Cert" of the proxy does not hold one certificate',
    })
  })

  test('reads any header, or refuses it', async () => {
    const text = fc.string({ unit: fc.constantFrom(...':%-ABC=+/0 \n') })
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const outcome = await find(value.trim().replaceAll('\n', '')).catch((error) => error)
        if (outcome instanceof Error) expect(isNotationError(outcome)).toBe(true)
      }),
    )
  })
})

describe('canonicalAddress()', () => {
  test.each([
    ['10.0.0.5', '10.0.0.5'],
    ['::ffff:10.0.0.5', '10.0.0.5'],
    ['::FFFF:10.0.0.5', '10.0.0.5'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('writes %s as %s', (text, address) => {
    expect(canonicalAddress(text)).toBe(address)
  })
})

describe('senderOf()', () => {
  const tls = {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certFingerprintSHA256: DIGEST.toUpperCase(),
  }
  const request = (tlsClientAuth: unknown): Request =>
    Object.assign(new Request('https://api.example'), { cf: { tlsClientAuth } })

  test('takes a certificate that the edge verified', () => {
    expect(senderOf(request(tls))).toEqual({ certificateSha256: DIGEST })
  })

  test.each([
    ['that was not presented', { ...tls, certPresented: '0' }],
    ['of another CA', { ...tls, certVerified: 'FAILED:unable to verify' }],
    ['that was revoked', { ...tls, certRevoked: '1' }],
    ['without a digest', { ...tls, certFingerprintSHA256: '' }],
    ['that is no object', 'SUCCESS'],
    ['that is not there', undefined],
  ])('takes none %s', (_what, value) => {
    expect(senderOf(request(value))).toEqual({})
    expect(senderOf(new Request('https://api.example'))).toEqual({})
  })
})

describe('a caller with a client certificate', () => {
  const configuration = parseConfiguration(
    encodeUtf8(
      JSON.stringify({
        callers: [
          {
            name: 'machine',
            certificateSha256: DIGEST,
            permissions: ['describe-key'],
            keys: ['my-key'],
          },
        ],
        clientCertificates: { proxies: ['10.0.0.5', '2001:DB8::0001'] },
      }),
    ),
  )
  const describeKey = (api: TestApi, headers: Record<string, string>): Promise<Response> =>
    api.request('/v1/describe-key', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ contractVersion: '1.0', keyId: 'my-key' }),
    })

  test.each(['10.0.0.5', '::ffff:10.0.0.5', '2001:db8::1'])(
    'is known by the header of the proxy %s, and the log has the digest',
    async (peerAddress) => {
      const api = await createTestApi({ configuration, sender: { peerAddress } })
      const answer = await describeKey(api, { 'client-cert': RFC_9440 })
      expect(answer.status).toBe(200)
      expect(api.audit).toEqual([
        expect.objectContaining({ caller: 'machine', certificateSha256: DIGEST, outcome: 'done' }),
      ])
    },
  )

  test('is nobody by a header from elsewhere', async () => {
    const api = await createTestApi({ configuration, sender: { peerAddress: '10.0.0.6' } })
    const answer = await describeKey(api, { 'client-cert': RFC_9440 })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({
      detail: expect.stringContaining('no token was sent'),
    })
  })

  test('is refused with a certificate that is not configured', async () => {
    const api = await createTestApi({ configuration, sender: { peerAddress: PROXY } })
    const answer = await describeKey(api, { 'client-cert': `:${encodeBase64(issueCa().der)}:` })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({
      detail: 'Cannot tell who is calling: the client certificate is not a configured one',
    })
  })

  test('is judged by its token alone where it sends one', async () => {
    const api = await createTestApi({ configuration, sender: { peerAddress: PROXY } })
    const headers = { 'client-cert': RFC_9440, authorization: 'Bearer unknown' }
    expect((await describeKey(api, headers)).status).toBe(401)
  })
})
