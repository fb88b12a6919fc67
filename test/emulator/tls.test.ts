import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createSecureContext, type PeerCertificate, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { generateEcKey } from '../../emulator/key-material.ts'
import { encodePkcs12 } from '../../emulator/pkcs12.ts'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { API, askOverTls, FREE_PORTS, keypairOf } from './stm.ts'

describe('the API over TLS', () => {
  let emulator: RunningEmulator
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'emulator-tls-'))
    emulator = await startEmulator({
      ...FREE_PORTS,
      san: ['stm.test', '*.stm.test', '192.0.2.7', '2001:db8::1'],
    })
  })
  afterEach(() => {
    emulator.setProfile([])
    emulator.setFaults([])
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await emulator.close()
  })

  const signing = {
    method: 'POST',
    body: { sig_alg: 'SHA256withRSA', hash: Buffer.alloc(32).toString('base64') },
  }
  const signPath = () => `${API}/keypairs/${keypairOf(emulator, 'my-key').id}/sign`

  /** A client credential that the emulator has not made. */
  function foreignP12(): Buffer {
    const [certificate = new Uint8Array()] = keypairOf(emulator, 'ec-p256').certificates
    const identity = { key: generateEcKey('P256'), certificate, friendlyName: 'foreign' }
    return Buffer.from(encodePkcs12(identity, 'foreign'))
  }

  test('the PKCS#12 is the second factor', async () => {
    expect((await askOverTls(emulator, signPath(), signing)).status).toBe(200)
  })

  test('without it the handshake succeeds, lists answer and signing is refused with 403', async () => {
    const options = { isTwoFactor: false }
    expect((await askOverTls(emulator, `${API}/keypairs`, options)).status).toBe(200)
    const { status, json } = await askOverTls(emulator, signPath(), { ...signing, ...options })
    expect(status).toBe(403)
    expect(json.error?.message).toContain('Missing Client Authentication Certificate')
  })

  test('a key that does not belong to its certificate opens no connection', () => {
    expect(() => createSecureContext({ pfx: foreignP12(), passphrase: 'foreign' })).toThrow()
  })

  test('a connection carries several requests, and each is journalled', async () => {
    const before = emulator.requests.length
    await askOverTls(emulator, `${API}/keypairs`)
    await askOverTls(emulator, `${API}/certificates`)
    expect(emulator.requests.slice(before).map(({ operation }) => operation)).toEqual([
      'list-keypairs',
      'list-certificates',
    ])
  })

  function handshake(options: object): Promise<TLSSocket> {
    const { port } = new URL(emulator.url)
    return new Promise((resolve, reject) => {
      const socket = connect(
        {
          host: '127.0.0.1',
          port: Number(port),
          servername: 'localhost',
          ca: emulator.tlsRootPem,
          ...options,
        },
        () => resolve(socket),
      )
      socket.once('error', reject)
    })
  }

  test('the server certificate names localhost, its addresses and those asked for', async () => {
    const socket = await handshake({})
    const { subjectaltname, raw } = socket.getPeerCertificate() as PeerCertificate
    socket.destroy()
    expect(subjectaltname).toBe(
      'DNS:localhost, DNS:stm.test, DNS:*.stm.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1',
    )
    const root = new X509Certificate(emulator.tlsRootPem)
    expect(new X509Certificate(raw).verify(root.publicKey)).toBe(true)
  })

  test('a client that does not know the root refuses the server', async () => {
    await expect(handshake({ ca: emulator.signingRootPem })).rejects.toThrow(
      'unable to verify the first certificate',
    )
  })

  test('TLS 1.1 is refused', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }
    await expect(handshake(old)).rejects.toThrow(/protocol version/)
  })

  test('TLS 1.2 is taken', async () => {
    const socket = await handshake({ maxVersion: 'TLSv1.2' })
    expect(socket.getProtocol()).toBe('TLSv1.2')
    socket.destroy()
  })

  test('tls-refusal: without the certificate the connection is refused, with it not', async () => {
    emulator.setProfile('tls-refusal')
    const refused = askOverTls(emulator, `${API}/keypairs`, { isTwoFactor: false })
    await expect(refused).rejects.toThrow(
      /certificate required|handshake failure|ECONNRESET|socket hang up/,
    )
    expect((await askOverTls(emulator, `${API}/keypairs`)).status).toBe(200)
    expect((await askOverTls(emulator, signPath(), signing)).status).toBe(200)
  })

  test('a body above the limit is refused before it is read whole', async () => {
    // 64 MiB are announced and never sent: an answer can only come before them.
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(`${emulator.url}${signPath()}`, {
        method: 'POST',
        agent: false,
        ca: emulator.tlsRootPem,
        pfx: Buffer.from(emulator.clientP12),
        passphrase: emulator.clientP12Password,
        headers: { 'x-api-key': emulator.apiKey, 'content-length': 64 * 1024 * 1024 },
      })
      outgoing.once('response', (incoming) => {
        resolve(incoming.statusCode)
        outgoing.destroy()
      })
      outgoing.once('error', reject)
      outgoing.write('{')
    })
    expect(answer).toBe(413)
  })

  test('a chunked body above the limit is refused', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(`${emulator.url}${signPath()}`, {
        method: 'POST',
        agent: false,
        ca: emulator.tlsRootPem,
        pfx: Buffer.from(emulator.clientP12),
        passphrase: emulator.clientP12Password,
        headers: { 'x-api-key': emulator.apiKey },
      })
      outgoing.once('response', (incoming) => {
        resolve(incoming.statusCode)
        outgoing.destroy()
      })
      outgoing.once('error', reject)
      // Chunked, and never ended.
      outgoing.write(Buffer.alloc(70_000, 0x20))
    })
    expect(answer).toBe(413)
  })

  test('the PKCS#12 holds one key and one certificate, from a CA that is no server’s', () => {
    const file = join(folder, 'client.p12')
    writeFileSync(file, emulator.clientP12)
    const password = `pass:${emulator.clientP12Password}`
    const run = (...args: string[]) =>
      execFileSync('openssl', ['pkcs12', '-in', file, '-passin', password, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    expect(run('-nokeys').match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
    expect(run('-nokeys', '-cacerts')).not.toContain('BEGIN CERTIFICATE')
    expect(run('-nocerts', '-nodes').match(/BEGIN PRIVATE KEY/g)).toHaveLength(1)
    const [pem] = run('-nokeys').match(/-----BEGIN[\s\S]*-----END CERTIFICATE-----/) ?? []
    const certificate = new X509Certificate(pem ?? '')
    expect(certificate.raw.equals(emulator.clientCertificate)).toBe(true)
    expect(certificate.verify(new X509Certificate(emulator.tlsRootPem).publicKey)).toBe(false)
  })

  test('the PKCS#12 refuses another password', () => {
    const pfx = Buffer.from(emulator.clientP12)
    expect(() => createSecureContext({ pfx, passphrase: 'other' })).toThrow('mac verify failure')
  })

  test('a certificate name that is none is refused by name', async () => {
    await expect(startEmulator({ ...FREE_PORTS, san: ['a b'] })).rejects.toThrow(
      'Cannot name "a b" in the certificate: it is neither a DNS name nor an IP address; see --san',
    )
  })

  test('no certificate names an OCSP or CRL server', async () => {
    const chains = emulator.keypairs.flatMap(({ certificates }) => certificates)
    const { json } = await askOverTls(emulator, `${API}/certificates?alias=my-key`)
    const issuers = json.items?.[0]?.chain?.map(({ blob }) => Buffer.from(blob, 'base64')) ?? []
    expect(issuers).toHaveLength(2)
    for (const der of [...chains, ...issuers]) {
      const text = execFileSync(
        'openssl',
        ['x509', '-inform', 'DER', '-noout', '-ext', 'authorityInfoAccess,crlDistributionPoints'],
        {
          input: der,
          encoding: 'utf8',
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      )
      expect(text).not.toMatch(/URI:/)
    }
  })

  test('the Notary Project’s certificate rules hold', async () => {
    const { json } = await askOverTls(emulator, `${API}/certificates?alias=my-key`)
    const [item] = json.items ?? []
    const chain = [item?.cert ?? '', ...(item?.chain?.map(({ blob }) => blob) ?? [])].map((text) =>
      execFileSync(
        'openssl',
        ['x509', '-inform', 'DER', '-noout', '-ext', 'basicConstraints,keyUsage,extendedKeyUsage'],
        {
          input: Buffer.from(text, 'base64'),
          encoding: 'utf8',
        },
      ).replaceAll(/\s+/g, ' '),
    )
    expect(chain[0]).toContain(
      'X509v3 Key Usage: critical Digital Signature X509v3 Extended Key Usage: Code Signing',
    )
    expect(chain[0]).not.toContain('CA:TRUE')
    expect(chain[1]).toContain('X509v3 Basic Constraints: critical CA:TRUE, pathlen:0')
    expect(chain[2]).toContain('X509v3 Basic Constraints: critical CA:TRUE')
    for (const issuer of chain.slice(1))
      expect(issuer).toContain('X509v3 Key Usage: critical Certificate Sign, CRL Sign')
  })
})
