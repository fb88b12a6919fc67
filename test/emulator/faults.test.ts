import { constants, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { FAULT_ANSWERS, type Fault, FaultSchedule, parseFaults } from '../../emulator/faults.ts'
import { SetupError } from '../../emulator/setup-error.ts'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { type Answer, ask, askOverTls, askToSign, FREE_PORTS, keypairOf, MESSAGE } from './stm.ts'

const AT = new Date('2030-01-02T03:04:05Z')
const LIST = '/signingmanager/api/v1/keypairs'

describe('a fault', () => {
  let emulator: RunningEmulator
  beforeAll(async () => {
    emulator = await startEmulator({ ...FREE_PORTS, now: () => AT })
  })
  afterEach(() => emulator.setFaults([]))
  afterAll(() => emulator.close())

  async function listUnder(fault: Omit<Fault, 'on'>): Promise<Answer> {
    emulator.setFaults([{ on: 'list-keypairs', ...fault }])
    return ask(emulator, '/keypairs')
  }

  test.each([
    ['unauthorized', 401, { error: { status: 'invalid_api_key' } }],
    ['forbidden', 403, { error: { status: 'access_denied' } }],
    ['not-found', 404, { error: { status: 'invalid_input_field' } }],
    ['throttled', 429, { errors: [{ code: 'request_limit_exceeded' }] }],
    ['unavailable', 503, { errors: [{ code: 'service_unavailable' }] }],
    ['server-error', 500, { status: '500', error: 'Internal Server Error', path: LIST }],
  ] as const)('%s answers %i', async (answer, status, body) => {
    const { status: found, headers, json } = await listUnder({ answer })
    expect(found).toBe(status)
    expect(json).toMatchObject(body)
    expect(headers.has('retry-after')).toBe(false)
  })

  test.each(['throttled', 'unavailable'] as const)('%s says when to come again', async (answer) => {
    const inSeconds = await listUnder({ answer, retryAfterSeconds: 90 })
    expect(inSeconds.headers.get('retry-after')).toBe('90')
    const byDate = await listUnder({ answer, retryAfterSeconds: 90, retryAfterForm: 'http-date' })
    expect(byDate.headers.get('retry-after')).toBe('Wed, 02 Jan 2030 03:05:35 GMT')
  })

  test('html answers a page of HTML', async () => {
    const { status, headers, text } = await listUnder({ answer: 'html' })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(text).toMatch(/^<!DOCTYPE html>/)
  })

  test('truncated answers the first half of the JSON', async () => {
    const whole = (await ask(emulator, '/keypairs')).text
    const { status, text, json } = await listUnder({ answer: 'truncated' })
    expect(status).toBe(200)
    expect(json).toBeUndefined()
    expect(text).toBe(whole.slice(0, whole.length >> 1))
  })

  test('cut-off ends the connection in the middle of the body', async () => {
    emulator.setFaults([{ on: 'list-keypairs', answer: 'cut-off' }])
    await expect(askOverTls(emulator, LIST)).rejects.toThrow('aborted')
  })

  test('reset ends the connection without an answer', async () => {
    emulator.setFaults([{ on: 'list-keypairs', answer: 'reset' }])
    await expect(askOverTls(emulator, LIST)).rejects.toThrow('socket hang up')
    expect(emulator.requests.at(-1)).not.toHaveProperty('status')
  })

  test('hang never answers', async () => {
    emulator.setFaults([{ on: 'list-keypairs', answer: 'hang', next: 1 }])
    const waiting = new AbortController()
    const before = emulator.requests.length
    const asked = askOverTls(emulator, LIST, { tls: { signal: waiting.signal } as object })
    await vi.waitFor(() => expect(emulator.requests).toHaveLength(before + 1), { interval: 5 })
    // Another request is answered meanwhile.
    expect((await askOverTls(emulator, LIST)).status).toBe(200)
    expect(emulator.requests[before]).not.toHaveProperty('status')
    waiting.abort()
    await expect(asked).rejects.toThrow('aborted')
  })

  test.each(['hang', 'slow'] as const)('%s does not hold up close()', async (answer) => {
    const other = await startEmulator({
      ...FREE_PORTS,
      faults: [{ on: 'list-keypairs', answer, delayMs: 60_000 }],
    })
    const asked = askOverTls(other, LIST).then(({ status }) => status, String)
    await vi.waitFor(() => expect(other.requests).toHaveLength(1), { interval: 5 })
    const started = performance.now()
    await other.close()
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(await asked).toEqual(answer === 'hang' ? 'Error: socket hang up' : 200)
  })

  test('slow answers after its delay', async () => {
    const started = performance.now()
    const { status } = await listUnder({ answer: 'slow', delayMs: 60 })
    expect(status).toBe(200)
    // Timers may fire a millisecond early.
    expect(performance.now() - started).toBeGreaterThan(55)
  })

  test('next meets that many answers and no more', async () => {
    emulator.setFaults([
      { on: 'list-keypairs', answer: 'throttled', next: 2 },
      { on: 'list-keypairs', answer: 'server-error', next: 1 },
    ])
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await ask(emulator, '/keypairs')).status)
    expect(statuses).toEqual([429, 429, 500, 200])
  })

  test('one operation’s fault leaves the others alone', async () => {
    emulator.setFaults([{ on: 'sign', answer: 'server-error' }])
    expect((await ask(emulator, '/keypairs')).status).toBe(200)
    expect((await askToSign(emulator, 'my-key', 'SHA256withRSA')).status).toBe(500)
  })

  test.each([
    ['create-keypair', '/keypairs', 'POST'],
    ['get-keypair', '/keypairs/x', 'GET'],
    ['sign', '/keypairs/x/sign', 'POST'],
    ['list-certificates', '/certificates', 'GET'],
    ['get-certificate', '/certificates/x', 'GET'],
    ['get-signature', '/signatures/x', 'GET'],
    ['get-user', '/account/api/v1/user/me', 'GET'],
  ] as const)('can meet %s', async (on, path, method) => {
    emulator.setFaults([{ on, answer: 'unavailable' }])
    expect((await ask(emulator, path, { method })).status).toBe(503)
  })

  test.each([
    ['get-keypair', '/keypairs/x', 'Keypair not present'],
    ['get-certificate', '/certificates/x', 'Certificate not present'],
    ['get-signature', '/signatures/x', 'Signature not present'],
  ] as const)('not-found on %s has the words of the service', async (on, path, words) => {
    emulator.setFaults([{ on, answer: 'not-found' }])
    expect((await ask(emulator, path)).json.error?.message).toContain(`${words} for given`)
  })

  async function signatureUnder(fault: Fault['answer'], alias: string, algorithm: string) {
    emulator.setFaults([{ on: 'sign', answer: fault }])
    const { status, json } = await askToSign(emulator, alias, algorithm)
    expect(status).toBe(200)
    const key = new X509Certificate(keypairOf(emulator, alias).certificates[0] ?? '').publicKey
    return { key, signature: Buffer.from(json.signature ?? '', 'base64') }
  }

  test('wrong-signature has the right shape and does not verify', async () => {
    const rsa = await signatureUnder('wrong-signature', 'rsa-2048', 'SHA256withRSA')
    expect(rsa.signature).toHaveLength(256)
    expect(verify('sha256', Buffer.from(MESSAGE), rsa.key, rsa.signature)).toBe(false)
    const ec = await signatureUnder('wrong-signature', 'ec-p256', 'SHA256withECDSA')
    expect(ec.signature[0]).toBe(0x30)
    expect(verify('sha256', Buffer.from(MESSAGE), ec.key, ec.signature)).toBe(false)
  })

  test('short-signature lacks a byte', async () => {
    const { signature } = await signatureUnder('short-signature', 'rsa-2048', 'SHA256withRSA')
    expect(signature).toHaveLength(255)
  })

  test('wrong-salt verifies with any salt length and not with the hash’s', async () => {
    const { key, signature } = await signatureUnder('wrong-salt', 'rsa-2048', 'SHA256WithRSA/PSS')
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const verdict = (saltLength: number) =>
      verify('sha256', Buffer.from(MESSAGE), { key, padding, saltLength }, signature)
    expect(verdict(constants.RSA_PSS_SALTLEN_AUTO)).toBe(true)
    expect(verdict(constants.RSA_PSS_SALTLEN_DIGEST)).toBe(false)
  })
})

describe('FaultSchedule', () => {
  const shares: Fault[] = [{ on: 'sign', answer: 'throttled', share: 0.25 }]
  const draw = (seed: number) => {
    const schedule = new FaultSchedule(shares, seed)
    return Array.from({ length: 400 }, () => schedule.take('sign') !== undefined)
  }

  test('meets a share of the answers, the same ones for the same seed', () => {
    const hits = draw(7)
    expect(hits.filter(Boolean).length / hits.length).toBeCloseTo(0.25, 1)
    expect(draw(7)).toEqual(hits)
    expect(draw(8)).not.toEqual(hits)
  })

  test('share 1 meets all, no share and no next too', () => {
    const schedule = new FaultSchedule([{ on: 'sign', answer: 'hang', share: 1 }], 1)
    expect(schedule.take('sign')?.answer).toBe('hang')
    const always = new FaultSchedule([{ on: 'sign', answer: 'hang' }], 1)
    expect([always.take('sign'), always.take('sign')]).not.toContain(undefined)
  })

  test('next 0 meets none', () => {
    const schedule = new FaultSchedule([{ on: 'sign', answer: 'hang', next: 0 }], 1)
    expect(schedule.take('sign')).toBeUndefined()
  })
})

describe('parseFaults()', () => {
  test('gives back what it is given when that is right', () => {
    const faults = [
      { on: 'sign', answer: 'throttled', next: 2, retryAfterSeconds: 1 },
      { on: 'timestamp', answer: 'unavailable', share: 0.5, retryAfterForm: 'http-date' },
      { on: 'get-keypair', answer: 'slow', delayMs: 10 },
    ]
    expect(parseFaults(faults)).toEqual(faults)
  })

  test.each([
    [{}, 'Cannot read faults: wanted a list'],
    [[1], 'Cannot read faults: faults[0] is no object, wanted one with the members on, '],
    [[{}], 'Cannot read faults: faults[0].on is undefined, wanted one of list-keypairs, '],
    [[{ on: 'sing' }], 'Cannot read faults: faults[0].on is "sing", wanted one of list-keypairs, '],
    [
      [{ on: 'sign', answer: 'wrong-nonce' }],
      'Cannot read faults: faults[0].answer is "wrong-nonce", wanted one of unauthorized, ',
    ],
    [
      [{ on: 'timestamp', answer: 'unauthorized' }],
      'Cannot read faults: faults[0].answer is "unauthorized", wanted one of throttled, ',
    ],
    [
      [{ on: 'sign', answer: 'hang', count: 1 }],
      'Cannot read faults: faults[0].count is not known, wanted one of on, answer, ',
    ],
    [
      [{ on: 'sign', answer: 'hang', next: 1.5 }],
      'Cannot read faults: faults[0].next is 1.5, wanted a whole number from 0 to ',
    ],
    [
      [
        { on: 'sign', answer: 'hang' },
        { on: 'sign', answer: 'hang', share: 2 },
      ],
      'Cannot read faults: faults[1].share is 2, wanted a number above 0 and at most 1',
    ],
    [
      [{ on: 'sign', answer: 'hang', share: 0.5, next: 1 }],
      'Cannot read faults: faults[0].share stands beside "next", wanted one of the two',
    ],
    [
      [{ on: 'sign', answer: 'throttled', retryAfterSeconds: -1 }],
      'Cannot read faults: faults[0].retryAfterSeconds is -1, wanted a whole number from 0 to 86400',
    ],
    [
      [{ on: 'sign', answer: 'throttled', retryAfterForm: 'date' }],
      'Cannot read faults: faults[0].retryAfterForm is "date", wanted one of seconds, http-date',
    ],
    [
      [{ on: 'sign', answer: 'slow', delayMs: '5' }],
      'Cannot read faults: faults[0].delayMs is "5", wanted a whole number from 0 to 86400000',
    ],
  ])('refuses %j and names the member', (value, message) => {
    expect(() => parseFaults(value)).toThrow(message)
    expect(() => parseFaults(value)).toThrow(SetupError)
  })

  test('any JSON is either read or refused with a SetupError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          return Array.isArray(parseFaults(value))
        } catch (error) {
          return error instanceof SetupError
        }
      }),
    )
  })

  test('knows what the README’s table knows', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../emulator/README.md'), 'utf8')
    const table = readme.slice(readme.indexOf('## Faults'))
    const names = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name)
    expect(names).toEqual(Object.keys(FAULT_ANSWERS))
  })
})
