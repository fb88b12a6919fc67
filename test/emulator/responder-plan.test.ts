import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planResponders } from '../../emulator/responder-plan.ts'
import { SetupError } from '../../emulator/setup-error.ts'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { FREE_PORTS, keypairOf } from './stm.ts'

const HOST = '127.0.0.1'
const OWN = {
  url: 'http://localhost:5001',
  methods: ['ocsp', 'crl'],
  port: 5001,
  isPublic: false,
} as const
const PUBLIC = { ...OWN, url: 'http://stm.example:80/r', methods: ['crl'], isPublic: true } as const

describe('planResponders() for a new emulator', () => {
  test.each([
    [{}, undefined],
    [{ revocation: false }, undefined],
    [{ revocation: true }, { port: 18_081 }],
    [{ revocationPort: 0 }, { port: 0 }],
    [
      { revocationPort: 7, publicUrl: 'http://A.example:7/' },
      { port: 7, url: 'http://a.example:7' },
    ],
    [
      { revocationPort: 7, publicUrl: 'http://a.example/x/' },
      { port: 7, url: 'http://a.example/x' },
    ],
    [
      { revocation: true, revocationMethods: ['crl'] },
      { port: 18_081, methods: ['crl'] },
    ],
  ] as const)('takes %j', (options, wanted) => {
    const isPublic = wanted !== undefined && 'url' in wanted
    const all = { url: undefined, isPublic, methods: ['ocsp', 'crl'], isKept: false, ...wanted }
    expect(planResponders(options, HOST, undefined)).toEqual(wanted && all)
  })

  test.each([
    [{ publicUrl: 'http://a.example' }],
    [{ revocationMethods: ['ocsp'] }],
    [{ revocation: false, revocationPort: 0 }],
  ] as const)('refuses %j: there are to be none', (options) => {
    expect(() => planResponders(options, HOST, undefined)).toThrow(
      new SetupError(
        'Cannot start: --revocation-port, --public-url and --revocation-methods speak of revocation responders, and there are to be none; ask for them with --revocation-port, without --no-revocation',
      ),
    )
  })

  test.each([
    'https://a.example',
    'a.example',
    '',
    'http://u@a.example',
    'http://a/?',
    'http://a/#x',
  ])('refuses the public URL %j', (publicUrl) => {
    expect(() => planResponders({ revocationPort: 0, publicUrl }, HOST, undefined)).toThrow(
      new SetupError(
        `Cannot start: --public-url is ${JSON.stringify(publicUrl)}, wanted an http URL such as http://stm.example:18081`,
      ),
    )
  })
})

describe('planResponders() for a state folder', () => {
  const plan = (options: EmulatorOptions, service: typeof OWN | typeof PUBLIC | undefined) =>
    planResponders(options, HOST, { stateDir: '/state', service })

  test.each([
    [{}, OWN, { port: 5001, url: OWN.url, methods: OWN.methods }],
    [{ revocation: true }, OWN, { port: 5001, url: OWN.url, methods: OWN.methods }],
    [{ revocationPort: 0 }, OWN, { port: 5001, url: OWN.url, methods: OWN.methods }],
    [{ revocationPort: 5001, publicUrl: OWN.url }, OWN, { port: 5001, url: OWN.url }],
    [{ revocationPort: 6001, publicUrl: OWN.url }, OWN, { port: 6001, url: OWN.url }],
    [{ revocationMethods: ['crl', 'ocsp'] }, OWN, { port: 5001, url: OWN.url }],
    [{}, PUBLIC, { port: 5001, url: PUBLIC.url, methods: PUBLIC.methods }],
    [{ revocationPort: 5002 }, PUBLIC, { port: 5002, url: PUBLIC.url }],
    [{ revocation: true }, undefined, undefined],
    [{ revocation: false }, undefined, undefined],
  ] as const)('takes %j', (options, service, wanted) => {
    const all = wanted && expect.objectContaining({ ...wanted, isKept: true })
    expect(plan(options, service)).toEqual(all)
  })

  test.each([
    [{ revocationPort: 5002 }, OWN, 'not at http://localhost:5002'],
    [{ publicUrl: 'http://other.example' }, OWN, 'not at http://other.example'],
    [{ host: '192.0.2.7' }, OWN, 'not at http://192.0.2.7:5001'],
    [{ publicUrl: 'http://other.example' }, PUBLIC, 'not at http://other.example'],
    [{ revocationMethods: ['ocsp'] }, OWN, 'and --revocation-methods asks for ocsp'],
    [{ revocation: false }, OWN, 'and --no-revocation asks for none'],
  ] as const)('refuses %j: its certificates say otherwise', (options, service, found) => {
    const given: EmulatorOptions = options
    const { url, methods } = service
    expect(() =>
      planResponders(given, given.host ?? HOST, { stateDir: '/state', service }),
    ).toThrow(
      new SetupError(
        `Cannot start: the certificates of /state name revocation responders at ${url} (${methods.join(', ')}), ${found}; leave the option out, or use another state folder`,
      ),
    )
  })

  test.each([
    [{ revocationPort: 0 }],
    [{ publicUrl: 'http://a.example' }],
    [{ revocationMethods: ['crl'] }],
  ] as const)('refuses %j: its certificates name none', (options) => {
    expect(() => plan(options, undefined)).toThrow(
      new SetupError(
        'Cannot start revocation responders: the certificates of /state name none; leave out --revocation-port, --public-url and --revocation-methods, or use another state folder',
      ),
    )
  })
})

describe('a state folder with responders', () => {
  const folders: string[] = []
  const running: RunningEmulator[] = []
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'emulator-responders-'))
    folders.push(folder)
  })
  afterEach(async () => {
    for (const emulator of running.splice(0)) await emulator.close()
  })
  afterAll(() => {
    for (const each of folders) rmSync(each, { recursive: true })
  })

  async function start(options: EmulatorOptions = {}): Promise<RunningEmulator> {
    const emulator = await startEmulator({ ...FREE_PORTS, stateDir: folder, ...options })
    running.push(emulator)
    return emulator
  }

  const urlsOf = (emulator: RunningEmulator, alias = 'my-key') =>
    new X509Certificate(keypairOf(emulator, alias).certificates[0] ?? '').infoAccess?.trim()

  test('keeps port, URL and states over a restart, and new certificates name the same', async () => {
    const first = await start({ revocationPort: 0 })
    await first.setRevocation({ alias: 'my-key', state: 'revoked', reason: 'keyCompromise' })
    const { revocationUrl, certificates } = first
    expect(urlsOf(first)).toBe(`OCSP - URI:${revocationUrl}/ocsp/signing-ca`)
    await first.close()
    const second = await start()
    expect(second.revocationUrl).toBe(revocationUrl)
    expect(second.certificates).toEqual(certificates)
    const body = { alias: 'later', key_alg: 'ECDSA', curve: 'P256', generate_cert: true }
    const url = 'https://stm.test/signingmanager/api/v1/keypairs'
    const headers = { 'x-api-key': second.apiKey, 'content-type': 'application/json' }
    const request = new Request(url, { method: 'POST', headers, body: JSON.stringify(body) })
    await second.fetch(request, { peerCertificate: second.clientCertificate })
    expect(urlsOf(second, 'later')).toBe(urlsOf(first))
    expect((await fetch(`${revocationUrl}/crl/signing-ca.crl`)).status).toBe(200)
  })

  test('has certificates that name the public URL', async () => {
    const publicUrl = 'http://stm.example:8080/stm/'
    const emulator = await start({ revocationPort: 0, publicUrl, revocationMethods: ['ocsp'] })
    expect(urlsOf(emulator)).toBe('OCSP - URI:http://stm.example:8080/stm/ocsp/signing-ca')
    const { certificates } = keypairOf(emulator, 'my-key')
    expect(Buffer.from(certificates[0] ?? []).includes('.crl')).toBe(false)
  })

  test('can have certificates that name CRLs alone', async () => {
    const emulator = await start({ revocationPort: 0, revocationMethods: ['crl'] })
    expect(urlsOf(emulator)).toBeUndefined()
    const { certificates } = keypairOf(emulator, 'my-key')
    const url = `${emulator.revocationUrl}/crl/signing-ca.crl`
    expect(Buffer.from(certificates[0] ?? []).includes(url)).toBe(true)
  })

  test('is told when its port is taken: another one would not do', async () => {
    const first = await start({ revocationPort: 0 })
    await first.close()
    const port = Number(new URL(first.revocationUrl ?? '').port)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, HOST, resolve))
    expect((server.address() as AddressInfo).port).toBe(port)
    try {
      await expect(start()).rejects.toThrow(
        `Cannot listen on 127.0.0.1:${port}: the port is in use; the certificates of the state folder name it: end what listens there, or use another state folder`,
      )
    } finally {
      server.close()
    }
  })

  test('of a version that had no revocation is read as one whose certificates name none', async () => {
    await (await start()).close()
    const file = join(folder, 'state.json')
    const { revocations, ...older } = JSON.parse(readFileSync(file, 'utf8'))
    expect(revocations).toEqual([])
    writeFileSync(file, JSON.stringify(older))
    const emulator = await start({ revocation: true })
    expect(emulator.revocationUrl).toBeUndefined()
    expect(urlsOf(emulator)).toBeUndefined()
  })

  test('a port that cannot be had leaves none of the others open', async () => {
    const taken = await start({ revocationPort: 0 })
    const port = Number(new URL(taken.revocationUrl ?? '').port)
    const other = mkdtempSync(join(tmpdir(), 'emulator-responders-'))
    folders.push(other)
    await expect(start({ stateDir: other, revocationPort: port })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: the port is in use; choose another with --revocation-port (0 picks a free one)`,
    )
    const control = Number(new URL(taken.controlUrl).port)
    const free = await start({ revocationPort: 0, stateDir: other })
    const freePort = Number(new URL(free.revocationUrl ?? '').port)
    await free.close()
    await expect(start({ stateDir: other, controlPort: control })).rejects.toThrow('--control-port')
    await expect(fetch(`http://${HOST}:${freePort}/`)).rejects.toThrow('fetch failed')
  })
})
