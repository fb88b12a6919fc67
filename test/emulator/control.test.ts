import { request } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { ask, FREE_PORTS } from './stm.ts'

describe('the control port', () => {
  let emulator: RunningEmulator
  beforeAll(async () => {
    emulator = await startEmulator(FREE_PORTS)
  })
  afterEach(() => {
    emulator.setProfile([])
    emulator.setFaults([])
  })
  afterAll(() => emulator.close())

  function put(path: string, body: string, type = 'application/json'): Promise<Response> {
    const headers = { 'content-type': type }
    return fetch(`${emulator.controlUrl}${path}`, { method: 'PUT', headers, body })
  }

  /** fetch sets Host and Origin itself. */
  function statusWith(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(`${emulator.controlUrl}/env`, { headers, agent: false }, (incoming) => {
        incoming.resume()
        resolve(incoming.statusCode)
      })
        .once('error', reject)
        .end()
    })
  }

  test('GET /health answers', async () => {
    const response = await fetch(`${emulator.controlUrl}/health`)
    expect(await response.json()).toEqual({ status: 'ok' })
  })

  test('GET /env answers the environment in each format, for no cache', async () => {
    const read = async (query: string) => {
      const response = await fetch(`${emulator.controlUrl}/env${query}`)
      expect(response.headers.get('cache-control')).toBe('no-store')
      return response.text()
    }
    expect(await read('')).toContain(`export SM_API_KEY='${emulator.apiKey}'\n`)
    expect(await read('?format=sh')).toContain(`export SM_HOST='${emulator.url}'\n`)
    expect(await read('?format=powershell')).toContain(`$env:TSA_URL = '${emulator.tsaUrl}'\n`)
    expect(JSON.parse(await read('?format=json'))).toEqual(emulator.environment)
    expect(await read('?format=github')).toContain(
      `SM_CLIENT_CERT_PASSWORD=${emulator.clientP12Password}\n`,
    )
  })

  test('GET /env refuses a format that it does not know', async () => {
    const response = await fetch(`${emulator.controlUrl}/env?format=toString`)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: 'Cannot write this format: known are sh, powershell, json, github',
    })
  })

  test('PUT /profile sets what GET /profile shows', async () => {
    expect((await put('/profile', '["alias-in-path"]')).status).toBe(204)
    expect((await ask(emulator, '/keypairs/my-key')).status).toBe(200)
    const shown = await fetch(`${emulator.controlUrl}/profile`)
    expect(await shown.json()).toEqual(['alias-in-path'])
  })

  test('PUT /faults sets what GET /faults shows', async () => {
    const faults = [{ on: 'list-keypairs', answer: 'throttled', next: 1 }]
    expect((await put('/faults', JSON.stringify(faults))).status).toBe(204)
    expect((await ask(emulator, '/keypairs')).status).toBe(429)
    expect((await ask(emulator, '/keypairs')).status).toBe(200)
    expect(await (await fetch(`${emulator.controlUrl}/faults`)).json()).toEqual(faults)
  })

  test.each([
    ['/faults', '[{"on":"sing"}]', 400, /^Cannot read faults: faults\[0\]\.on is "sing"/],
    ['/profile', '["x"]', 400, /^Cannot read profile "x"/],
    ['/profile', '{', 400, /^Cannot read the request: its body is not JSON$/],
    [
      '/profile',
      `"${'x'.repeat(300_000)}"`,
      413,
      /^Cannot read the request: it is above 262144 bytes$/,
    ],
  ])('PUT %s with what is wrong says so', async (path, body, status, message) => {
    const response = await put(path, body)
    expect(response.status).toBe(status)
    expect((await response.json()).error).toMatch(message)
  })

  test('PUT takes JSON alone: a web page may send text to any host', async () => {
    expect((await put('/profile', '[]', 'text/plain')).status).toBe(415)
  })

  test.each([
    [{ host: 'evil.example' }],
    [{ host: 'localhost.evil.example:18090' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
  ])('refuses a request with %j', async (headers) => {
    expect(await statusWith(headers)).toBe(403)
  })

  test('answers its own names and its own pages', async () => {
    expect(await statusWith({ host: 'localhost:1' })).toBe(200)
    expect(await statusWith({ host: '[::1]:1' })).toBe(200)
    expect(await statusWith({ origin: emulator.controlUrl })).toBe(200)
  })

  test('has nothing else', async () => {
    const response = await fetch(`${emulator.controlUrl}/client.p12`)
    expect(response.status).toBe(404)
  })
})
