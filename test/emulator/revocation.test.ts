import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaultAnswer } from '../../emulator/faults.ts'
import { ISSUED_AUTHORITIES } from '../../emulator/issued-certificates.ts'
import { parseRevocationChange } from '../../emulator/revocation-change.ts'
import {
  REVOCATION_REASONS,
  REVOCATION_STATES,
  type RevocationState,
} from '../../emulator/revocation-states.ts'
import { SetupError } from '../../emulator/setup-error.ts'
import { startEmulator } from '../../emulator/start.ts'
import { type RevocationPeer, startRevocationPeer } from './revocation-peer.ts'
import { ask, FREE_PORTS } from './stm.ts'

const NOW = new Date('2030-01-02T03:04:05.678Z')

describe('setRevocation()', () => {
  let peer: RevocationPeer
  beforeAll(async () => {
    peer = await startRevocationPeer({ now: () => NOW })
  })
  afterAll(() => peer.close())

  const listed = (alias: string) =>
    peer.emulator.certificates.filter((certificate) => certificate.alias === alias)

  test('sets what is listed, and back to good', async () => {
    const revoked = { alias: 'ec-p256', state: 'revoked', reason: 'superseded' } as const
    await peer.emulator.setRevocation(revoked)
    const serialNumber = expect.stringMatching(/^[0-9a-f]{40}$/)
    const found = { ...revoked, issuer: 'signing-ca', serialNumber }
    expect(listed('ec-p256')).toEqual([{ ...found, revokedAt: NOW.toISOString(), list: 'base' }])
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'expired' })
    expect(listed('ec-p256')).toEqual([
      { alias: 'ec-p256', state: 'expired', issuer: 'signing-ca', serialNumber },
    ])
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'good' })
    expect(listed('ec-p256')).toMatchObject([{ state: 'good' }])
  })

  test('takes an alias for all certificates of the keypair, a serial number for one', async () => {
    await peer.emulator.setRevocation({ alias: 'renewed-key', state: 'revoked' })
    const states = () => listed('renewed-key').map(({ state }) => state)
    expect(states()).toEqual(['revoked', 'revoked'])
    const [first] = listed('renewed-key')
    const written = `00:${first?.serialNumber.toUpperCase().match(/../g)?.join(':')}`
    await peer.emulator.setRevocation({ serialNumber: written, state: 'good' })
    expect(states()).toEqual(['good', 'revoked'])
  })

  test('sets an authority’s own certificate', async () => {
    await peer.emulator.setRevocation({ authority: 'signing-ca', state: 'unknown' })
    const found = peer.emulator.certificates.filter(({ state }) => state === 'unknown')
    expect(found).toMatchObject([{ authority: 'signing-ca', issuer: 'signing-root' }])
  })

  test('knows keypairs that were created later', async () => {
    const body = { alias: 'later', key_alg: 'ECDSA', curve: 'P256', generate_cert: true }
    expect((await ask(peer.emulator, '/keypairs', { method: 'POST', body })).status).toBe(201)
    await peer.emulator.setRevocation({ alias: 'later', state: 'revoked' })
    expect(listed('later')).toMatchObject([{ state: 'revoked' }])
  })

  test.each([
    [{ alias: 'nobody', state: 'good' }, 'there is no certificate with alias "nobody"'],
    [{ serialNumber: '0f', state: 'good' }, 'there is no certificate with serialNumber "0f"'],
  ] as const)('refuses %j: there is none', async (change, message) => {
    await expect(peer.emulator.setRevocation(change)).rejects.toThrow(
      new SetupError(`Cannot set a revocation state: ${message}`),
    )
  })

  test('refuses all without responders, with the remedy', async () => {
    const emulator = await startEmulator(FREE_PORTS)
    await emulator.close()
    await expect(emulator.setRevocation({ alias: 'my-key', state: 'good' })).rejects.toThrow(
      'Cannot set a revocation state: the certificates of this emulator name no responders; start it with --revocation-port',
    )
  })
})

describe('parseRevocationChange()', () => {
  test('takes every state, every reason and the details of a revocation', () => {
    for (const state of Object.keys(REVOCATION_STATES))
      expect(parseRevocationChange({ alias: 'a', state })).toEqual({ alias: 'a', state })
    for (const reason of Object.keys(REVOCATION_REASONS)) {
      const change = { authority: 'tsa', state: 'revoked', reason, list: 'delta' }
      expect(parseRevocationChange(change)).toEqual(change)
    }
    const dates = { revokedAt: '2026-01-02T00:00:00Z', invalidityDate: '2026-01-01' }
    expect(parseRevocationChange({ serialNumber: '00:0A', state: 'revoked', ...dates })).toEqual({
      serialNumber: '0a',
      state: 'revoked',
      revokedAt: '2026-01-02T00:00:00.000Z',
      invalidityDate: '2026-01-01T00:00:00.000Z',
    })
  })

  test.each([
    [null, 'wanted an object with alias, serialNumber, authority, state, reason'],
    [[], 'wanted an object with alias, serialNumber, authority, state, reason'],
    ['x', 'wanted an object with alias, serialNumber, authority, state, reason'],
    [{ state: 'good' }, 'wanted one of alias, serialNumber, authority, found 0'],
    [{ alias: 'a', authority: 'tsa', state: 'good' }, 'authority, found 2'],
    [{ alias: 'a' }, 'state is undefined, wanted one of good, revoked, unknown, expired'],
    [{ alias: 'a', state: 'toString' }, 'state is "toString", wanted one of good, '],
    [{ alias: 7, state: 'good' }, 'alias is 7, wanted a text'],
    [{ serialNumber: 'xyz', state: 'good' }, 'serialNumber is "xyz", wanted hexadecimal digits'],
    [{ authority: 'tls', state: 'good' }, 'authority is "tls", wanted one of signing-ca, signing-'],
    [{ alias: 'a', state: 'good', why: 1 }, 'why is not known, wanted one of alias, '],
    [
      { alias: 'a', state: 'good', reason: 'superseded' },
      'reason stands beside the state good, wanted it with the state revoked alone',
    ],
    [
      { alias: 'a', state: 'revoked', reason: 'removeFromCRL' },
      'reason is "removeFromCRL", wanted one of unspecified, keyCompromise, ',
    ],
    [{ alias: 'a', state: 'revoked', revokedAt: 'soon' }, 'revokedAt is "soon", wanted an instant'],
    [{ alias: 'a', state: 'revoked', invalidityDate: 7 }, 'invalidityDate is 7, wanted an instant'],
    [{ alias: 'a', state: 'revoked', list: 'x' }, 'list is "x", wanted one of base, delta'],
  ])('refuses %j', (value, message) => {
    expect(() => parseRevocationChange(value)).toThrow(SetupError)
    expect(() => parseRevocationChange(value)).toThrow(message)
  })
})

describe('the README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../emulator/README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## Revocation'), readme.indexOf('## Profiles'))

  test('has a row for each state', () => {
    const states = [...section.matchAll(/^\| `([a-z]+)`(?:, [^|]+)? \| [a-z]+.* \| .* \|$/gm)]
    expect(states.map(([, state]) => state)).toEqual(Object.keys(REVOCATION_STATES))
  })

  test('names each authority and reason', () => {
    const members = [...section.matchAll(/^\| `[A-Za-z]+`(?:, `[A-Za-z]+`)? \| [^|]+ \|$/gm)].join()
    for (const reason of Object.keys(REVOCATION_REASONS)) expect(members).toContain(reason)
    for (const authority of ISSUED_AUTHORITIES) expect(members).toContain(`\`${authority}\``)
  })
})

describe('the control port', () => {
  let peer: RevocationPeer
  beforeAll(async () => {
    peer = await startRevocationPeer()
  })
  afterAll(() => peer.close())

  const post = (body: string, type = 'application/json') =>
    fetch(`${peer.emulator.controlUrl}/revocation`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })

  test('POST /revocation sets what GET /revocation lists', async () => {
    const change = { authority: 'tsa', state: 'revoked' satisfies RevocationState }
    expect((await post(JSON.stringify(change))).status).toBe(204)
    const response = await fetch(`${peer.emulator.controlUrl}/revocation`)
    const found = await response.json()
    expect(found).toEqual(peer.emulator.certificates)
    expect(found).toContainEqual(expect.objectContaining(change))
  })

  test.each([
    ['{"alias":"nobody","state":"good"}', 'there is no certificate with alias "nobody"'],
    ['[]', 'wanted an object with '],
  ])('POST /revocation of %s says what is wrong', async (body, message) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect((await response.json()).error).toContain(message)
  })

  test('POST /revocation takes JSON alone', async () => {
    expect((await post('{}', 'text/plain')).status).toBe(415)
  })
})

describe('faults of the revocation responders', () => {
  let peer: RevocationPeer
  beforeAll(async () => {
    peer = await startRevocationPeer()
  })
  afterEach(() => peer.emulator.setFaults([]))
  afterAll(() => peer.close())

  function ask(on: 'ocsp' | 'crl', answer?: FaultAnswer, signal?: AbortSignal): Promise<Response> {
    const body = peer.ocspRequest('ec-p256', 'signingIntermediate', '-nonce')
    if (answer !== undefined) peer.emulator.setFaults([{ on, answer, delayMs: 1 }])
    const base = peer.emulator.revocationUrl
    const abort = signal === undefined ? {} : { signal }
    if (on === 'crl') return fetch(`${base}/crl/signing-ca.crl`, abort)
    const headers = { 'content-type': 'application/ocsp-request' }
    return fetch(`${base}/ocsp/signing-ca`, { method: 'POST', headers, body, ...abort })
  }

  describe.each(['ocsp', 'crl'] as const)('of %s', (on) => {
    test.each([
      ['server-error', 500],
      ['unavailable', 503],
      ['throttled', 429],
    ] as const)('%s is status %i', async (answer, status) => {
      expect((await ask(on, answer)).status).toBe(status)
    })

    test('reset ends the connection', async () => {
      await expect(ask(on, 'reset')).rejects.toThrow('fetch failed')
    })

    test('hang answers nothing until the client gives up', async () => {
      await expect(ask(on, 'hang', AbortSignal.timeout(50))).rejects.toThrow('timeout')
    })

    test('garbage is neither OCSP nor CRL', async () => {
      const garbage = await (await ask(on, 'garbage')).bytes()
      writeFileSync(join(peer.folder, 'garbage'), garbage)
      expect(() => peer.openssl('ocsp', '-respin', 'garbage')).toThrow(
        'Error reading OCSP response',
      )
      expect(() => peer.openssl('crl', '-in', 'garbage')).toThrow('Unable to load CRL')
    })

    test('too-large is 33 MiB', async () => {
      const { length } = await (await ask(on, 'too-large')).bytes()
      expect(length).toBe(33 * 1024 * 1024)
    })

    test('truncated is half of the answer, slow is all of it', async () => {
      const { length } = await (await ask(on, 'slow')).bytes()
      const half = await (await ask(on, 'truncated')).bytes()
      // The lengths of ECDSA signatures vary by some bytes.
      expect(Math.abs(half.length - length / 2)).toBeLessThan(5)
    })
  })

  /** What OpenSSL says of the answer to its request, nonce and signature included. */
  async function verify(answer?: FaultAnswer): Promise<string> {
    writeFileSync(join(peer.folder, 'response.der'), await (await ask('ocsp', answer)).bytes())
    const files = ['-reqin', 'request.der', '-respin', 'response.der', '-CAfile', 'anchors.pem']
    return peer.openssl('ocsp', ...files, '-resp_text')
  }

  test('OpenSSL takes an answer without a fault', async () => {
    expect(await verify()).toContain('OCSP Response Status: successful')
  })

  test.each([
    ['wrong-nonce', 'Nonce Verify error'],
    ['wrong-signature', 'Response Verify Failure'],
    ['try-later', 'Responder Error: trylater (3)'],
  ] as const)('%s is found out by OpenSSL', async (answer, reason) => {
    await expect(verify(answer)).rejects.toThrow(reason)
  })

  test('wrong-signature of a CRL is found out by OpenSSL', async () => {
    const judge = ['crl', '-inform', 'DER', '-in', 'list.crl', '-CAfile', 'anchors.pem', '-noout']
    const file = join(peer.folder, 'list.crl')
    writeFileSync(file, await (await ask('crl', 'wrong-signature')).bytes())
    expect(peer.openssl(...judge)).toContain('verify failure')
    writeFileSync(file, await (await ask('crl', 'slow')).bytes())
    expect(peer.openssl(...judge)).toContain('verify OK')
  })
})
