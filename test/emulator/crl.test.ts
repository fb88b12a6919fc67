import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { encodeBaseCrl, encodeDeltaCrl } from '../../emulator/crl.ts'
import { generateEcKey } from '../../emulator/key-material.ts'
import { type RevocationPeer, startRevocationPeer } from './revocation-peer.ts'

const ALIASES = ['ec-p256', 'ec-p384'] as const

describe('the CRLs', () => {
  let peer: RevocationPeer
  beforeAll(async () => {
    peer = await startRevocationPeer()
  })
  afterEach(async () => {
    for (const alias of ALIASES) await peer.emulator.setRevocation({ alias, state: 'good' })
  })
  afterAll(() => peer.close())

  const get = (file: string) => fetch(`${peer.emulator.revocationUrl}/crl/${file}`)

  /** The CRL as OpenSSL prints it, which has verified its signature. */
  async function read(file: string): Promise<string> {
    const response = await get(file)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/pkix-crl')
    writeFileSync(join(peer.folder, 'list.crl'), await response.bytes())
    const judged = ['-inform', 'DER', '-in', 'list.crl', '-CAfile', 'anchors.pem', '-noout']
    const text = peer.openssl('crl', ...judged, '-text')
    expect(text).toContain('verify OK')
    return text
  }

  /** Chain building by OpenSSL, which looks for the certificate in the CRL of its issuer. */
  async function verify(alias: string): Promise<string> {
    const crl = new Uint8Array(await (await get('signing-ca.crl')).arrayBuffer())
    writeFileSync(join(peer.folder, 'list.crl'), crl)
    const pem = peer.openssl('crl', '-inform', 'DER', '-in', 'list.crl')
    writeFileSync(join(peer.folder, 'list.pem'), pem)
    const flags = ['-crl_check', '-CRLfile', 'list.pem', '-CAfile', 'anchors.pem']
    try {
      return peer.openssl('verify', ...flags, `${alias}.pem`)
    } catch (error) {
      return String(error)
    }
  }

  function serialNumberOf(alias: string): string {
    const { certificates } = peer.emulator.keypairs.find((one) => one.alias === alias) ?? {}
    return new X509Certificate(certificates?.[0] ?? '').serialNumber
  }

  test.each(['signing-ca', 'signing-root', 'tsa-ca', 'tsa-root', 'legacy-root'])(
    '%s has one that OpenSSL verifies, with nothing on it',
    async (issuer) => {
      const text = await read(`${issuer}.crl`)
      expect(text).toContain('Version 2 (0x1)')
      expect(text).toContain('X509v3 Authority Key Identifier')
      expect(text).toContain('X509v3 CRL Number')
      expect(text).toContain('No Revoked Certificates.')
      expect(text).not.toContain('Freshest')
    },
  )

  test('a certificate that is not listed passes, a revoked one does not', async () => {
    expect(await verify('ec-p256')).toContain('ec-p256.pem: OK')
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'revoked' })
    expect(await verify('ec-p256')).toContain('certificate revoked')
    expect(await verify('ec-p384')).toContain('ec-p384.pem: OK')
  })

  test('an entry has serial number, time, reason and invalidity date', async () => {
    await peer.emulator.setRevocation({
      alias: 'ec-p256',
      state: 'revoked',
      reason: 'certificateHold',
      revokedAt: '2026-01-02T03:04:05Z',
      invalidityDate: '2025-12-31T00:00:00Z',
    })
    const text = await read('signing-ca.crl')
    expect(text).toContain(`Serial Number: ${serialNumberOf('ec-p256')}\n`)
    expect(text).toContain('Revocation Date: Jan  2 03:04:05 2026 GMT')
    expect(text).toMatch(/CRL Reason Code: \n +Certificate Hold/)
    expect(text).toMatch(/Invalidity Date: \n +Dec 31 00:00:00 2025 GMT/)
  })

  test.each([undefined, 'unspecified'] as const)('the reason %s is not written', async (reason) => {
    const change = { alias: 'ec-p256', state: 'revoked' } as const
    await peer.emulator.setRevocation(reason === undefined ? change : { ...change, reason })
    const text = await read('signing-ca.crl')
    expect(text).toContain(`Serial Number: ${serialNumberOf('ec-p256')}\n`)
    expect(text).not.toContain('entry extensions')
  })

  test('an entry for the delta stands there alone, and the base names it', async () => {
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'revoked' })
    await peer.emulator.setRevocation({ alias: 'ec-p384', state: 'revoked', list: 'delta' })
    const base = await read('signing-ca.crl')
    const delta = await read('signing-ca-delta.crl')
    const url = `${peer.emulator.revocationUrl}/crl/signing-ca-delta.crl`
    expect(base).toMatch(new RegExp(`Freshest CRL: \\n +Full Name:\\n +URI:${url}`))
    expect(base).toContain(serialNumberOf('ec-p256'))
    expect(base).not.toContain(serialNumberOf('ec-p384'))
    expect(delta).toMatch(/Delta CRL Indicator: critical\n +0/)
    expect(delta).not.toContain('Freshest')
    // What completes every base holds all that was revoked.
    for (const alias of ALIASES) expect(delta).toContain(serialNumberOf(alias))
    const [of, ofDelta] = [base, delta].map((text) => /CRL Number: \n +(\d+)/.exec(text)?.[1])
    expect(BigInt(ofDelta ?? 0)).toBeGreaterThan(BigInt(of ?? 0))
  })

  test('there is no delta while no entry stands there', async () => {
    expect((await get('signing-ca-delta.crl')).status).toBe(404)
  })

  test('an unknown state leaves the issuer without a CRL, the others with theirs', async () => {
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'unknown' })
    expect((await get('signing-ca.crl')).status).toBe(404)
    expect((await get('tsa-ca.crl')).status).toBe(200)
  })

  test('an expired state makes the CRL of the issuer an expired one', async () => {
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'expired' })
    expect(await verify('ec-p384')).toContain('CRL has expired')
  })

  test.each(['client-root.crl', 'signing-ca', 'signing-ca.pem', 'toString.crl', '-delta.crl'])(
    'there is none at %s',
    async (file) => {
      expect((await get(file)).status).toBe(404)
      expect(peer.emulator.requests.at(-1)).toMatchObject({ operation: 'crl', status: 404 })
    },
  )
})

describe('encodeBaseCrl() and encodeDeltaCrl()', () => {
  const now = new Date('2030-01-02T03:04:05.678Z')
  const issuer = { subject: [['CN', 'CA']], key: generateEcKey('P256') } as const
  const template = { issuer, revoked: [], now, isExpired: false }
  const hex = (der: Uint8Array) => Buffer.from(der).toString('hex')

  test('hold from now on for ten minutes, in whole seconds', () => {
    const times = ['300102030405Z', '300102031405Z'].map((time) =>
      Buffer.from(time).toString('hex'),
    )
    expect(hex(encodeBaseCrl(template, undefined))).toContain(`170d${times[0]}170d${times[1]}`)
  })

  test('write times from 2050 on as GeneralizedTime', () => {
    const later = { ...template, now: new Date('2051-01-02T03:04:05Z') }
    const time = Buffer.from('20510102030405Z').toString('hex')
    expect(hex(encodeDeltaCrl(later))).toContain(`180f${time}`)
  })

  test('number the delta of an instant one above its base', () => {
    const base = BigInt(now.getTime()) * 2n
    expect(hex(encodeBaseCrl(template, undefined))).toContain(integer(base))
    expect(hex(encodeDeltaCrl(template))).toContain(integer(base + 1n))
  })

  function integer(value: bigint): string {
    const digits = value.toString(16)
    const padded = digits.padStart(digits.length + (digits.length % 2), '0')
    return `02${(padded.length / 2).toString(16).padStart(2, '0')}${padded}`
  }
})
