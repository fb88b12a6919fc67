// The suite for those who run the API as a process: metrics on a port of their own, and files read anew.

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pushImage } from '../../demo/image.ts'
import { type ApiFolder, type ApiProcess, createApiFolder } from '../support/api-process.ts'
import { REPOSITORY, startWorld, TOKENS, type World } from './world.ts'

/** Machines may be busy: what is waited for comes at once on others. */
const PATIENCE = { timeout: 20_000 }

/** Describes the operation of the API. @param command - starts it on a runtime; Node's where it is left out */
export function operates(command: readonly [string, ...string[]] | undefined): void {
  let world: World
  let folder: ApiFolder
  let environment: Readonly<Record<string, string>>
  const folders: ApiFolder[] = []

  beforeAll(async () => {
    world = await startWorld()
    folder = await createFolder()
    environment = {
      ...world.emulator.environment,
      METRICS_PORT: '0',
      CONFIG: await folder.write('config.json', world.configuration),
      TRUST_BUNDLE: await folder.write('trust-bundle.json', world.trustBundle),
    }
  })
  afterAll(async () => {
    await Promise.all(folders.map((one) => one.close()))
    await world?.close()
  })

  /** A folder that goes with the suite, and what still runs in it too. */
  async function createFolder(): Promise<ApiFolder> {
    const created = await createApiFolder(command)
    folders.push(created)
    return created
  }

  /** Waits until the log has so many lines of an event; gives the last one. */
  async function lineOf(api: ApiProcess, event: string, count = 1) {
    const lines = () => api.lines().filter((line) => line.event === event)
    await expect.poll(() => lines().length, PATIENCE).toBe(count)
    return lines().at(-1)
  }

  async function end(api: ApiProcess): Promise<void> {
    api.signal('SIGTERM')
    expect(await api.ended).toMatchObject({ exitCode: 0, stderr: '' })
  }

  async function post(url: string, path: string, body: object, token: string): Promise<Response> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  const describeKey = (url: string, token: string = TOKENS.signer): Promise<Response> =>
    post(url, '/v1/describe-key', { contractVersion: '1.0', keyId: 'my-key' }, token)

  /** CONFIG with one caller more. */
  const withCaller = (token: string): object => {
    const { callers, ...rest } = world.configuration as { callers: readonly object[] }
    const tokenSha256 = createHash('sha256').update(token).digest('hex')
    const caller = { name: 'new', tokenSha256, permissions: ['describe-key'], keys: ['*'] }
    return { ...rest, callers: [...callers.slice(1), caller] }
  }

  test('METRICS_PORT shows what was asked, signed and decided, and nothing else', async () => {
    const api = folder.start(environment)
    const url = await api.url
    const { metricsUrl } = (await lineOf(api, 'listening')) as { metricsUrl: string }
    const { reference } = await pushImage(world.registry.host, REPOSITORY, 'metrics')
    const wish = { reference, keyId: 'my-key', timestampAuthority: 'emulator' }
    expect((await post(url, '/v1/sign', wish, TOKENS.signer)).status).toBe(200)
    expect((await post(url, '/v1/verify', { reference }, TOKENS.reader)).status).toBe(200)
    expect((await post(url, '/v1/verify', {}, TOKENS.reader)).status).toBe(400)
    const answer = await fetch(`${metricsUrl}/metrics`)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const shown = await answer.text()
    for (const line of [
      'stm_notary_requests_total{operation="sign",outcome="done"} 1',
      'stm_notary_requests_total{operation="verify",outcome="request-invalid"} 1',
      'stm_notary_request_duration_seconds_count{operation="verify"} 2',
      'stm_notary_signatures_total 1',
      'stm_notary_stm_requests_total{kind="sign",status="200"} 1',
      'stm_notary_verifications_total{operation="verify",verdict="verified"} 1',
      'stm_notary_timestamp_requests_total{outcome="done"} 1',
    ])
      expect(shown).toContain(`${line}\n`)
    for (const secret of [...Object.values(TOKENS), world.emulator.apiKey, REPOSITORY])
      expect(shown).not.toContain(secret)
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
    expect((await fetch(`${metricsUrl}/livez`)).status).toBe(404)
    const put = await fetch(`${metricsUrl}/metrics`, { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    await end(api)
  })

  test('names METRICS_PORT when another program has it, and ends', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const QUEUE_DIR = join(folder.path, 'queue-of-none')
    const { ended } = folder.start({ ...environment, QUEUE_DIR, METRICS_PORT: `${port}` })
    expect(await ended).toMatchObject({
      exitCode: 1,
      stderr: `Cannot listen on 127.0.0.1:${port}: another program listens there; set METRICS_PORT to a free port, or to 0 to have one picked\n`,
    })
    await new Promise((resolve) => other.close(resolve))
  })

  test('a signature beyond MAX_CONCURRENT_SIGN is told to come again, and finds room then', async () => {
    const api = folder.start({ ...environment, MAX_CONCURRENT_SIGN: '1' })
    const url = await api.url
    const { reference } = await pushImage(world.registry.host, REPOSITORY, 'busy')
    const sign = () => post(url, '/v1/sign', { reference, keyId: 'my-key' }, TOKENS.signer)
    world.emulator.setFaults([{ on: 'sign', answer: 'slow', delayMs: 1500, next: 1 }])
    const spent = () => world.emulator.requests.filter(({ path }) => path.endsWith('/sign')).length
    const before = spent()
    const running = sign()
    await expect.poll(spent, PATIENCE).toBe(before + 1)
    const refused = await sign()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await refused.json()).toMatchObject({ code: 'too-busy' })
    // Other work has its own room.
    expect((await post(url, '/v1/verify', { reference }, TOKENS.reader)).status).toBe(200)
    expect((await running).status).toBe(200)
    expect((await sign()).status).toBe(200)
    expect(spent()).toBe(before + 2)
    await end(api)
  })

  test('SIGHUP reads callers anew: a new one may, one that is gone may not', async () => {
    const CONFIG = await folder.write('callers.json', world.configuration)
    const api = folder.start({ ...environment, CONFIG })
    const url = await api.url
    expect((await describeKey(url, 'new-token')).status).toBe(401)
    await folder.write('callers.json', withCaller('new-token'))
    expect((await describeKey(url, 'new-token')).status).toBe(401)
    api.signal('SIGHUP')
    await lineOf(api, 'reloaded')
    expect((await describeKey(url, 'new-token')).status).toBe(200)
    expect((await describeKey(url, TOKENS.signer)).status).toBe(401)
    await end(api)
  })

  test.each([
    ['CONFIG', 'broken.json', '{"callers":7}', 'CONFIG setting "callers"'],
    ['TRUST_BUNDLE', 'broken-bundle.json', '{', 'TRUST_BUNDLE'],
    ['SM_CLIENT_CERT_FILE', 'broken.p12', 'no PKCS#12', 'SM_CLIENT_CERT_FILE'],
    ['DOCKER_CONFIG', 'config.json', '{', 'config.json'],
  ])(
    'SIGHUP changes nothing where %s is broken, and tells why',
    async (setting, name, broken, told) => {
      const good = {
        CONFIG: JSON.stringify(world.configuration),
        TRUST_BUNDLE: JSON.stringify(world.trustBundle),
        SM_CLIENT_CERT_FILE: world.emulator.clientP12,
        DOCKER_CONFIG: '{}',
      }[setting]
      const own = await createFolder()
      const path = await own.write(name, good ?? '')
      const changed = setting === 'DOCKER_CONFIG' ? own.path : path
      // All else changes as well: none of it may count.
      const CONFIG = await own.write('callers.json', world.configuration)
      const api = own.start({ ...environment, CONFIG, [setting]: changed })
      const url = await api.url
      expect((await describeKey(url)).status).toBe(200)
      await own.write('callers.json', withCaller('new-token'))
      await own.write(name, broken)
      api.signal('SIGHUP')
      const line = await lineOf(api, 'reload-failed')
      expect(line?.message).toContain(told)
      expect((await describeKey(url)).status).toBe(200)
      expect((await describeKey(url, 'new-token')).status).toBe(401)
      await own.write(name, good ?? '')
      api.signal('SIGHUP')
      await lineOf(api, 'reloaded')
      await end(api)
    },
  )

  test('SIGHUP reads secrets of Software Trust Manager anew from their files', async () => {
    const { SM_API_KEY = '', SM_CLIENT_CERT_PASSWORD = '', ...rest } = environment
    const own = await createFolder()
    const api = own.start({
      ...rest,
      SM_API_KEY_FILE: await own.write('api-key', 'an-api-key-that-was-withdrawn'),
      SM_CLIENT_CERT_PASSWORD_FILE: await own.write('password', `${SM_CLIENT_CERT_PASSWORD}\n`),
    })
    const url = await api.url
    expect((await describeKey(url)).status).toBe(502)
    await own.write('api-key', `${SM_API_KEY}\n`)
    api.signal('SIGHUP')
    await lineOf(api, 'reloaded')
    expect((await describeKey(url)).status).toBe(200)
    await end(api)
  })

  test('SIGHUP reads signing rules anew, and the queue goes on', { timeout: 90_000 }, async () => {
    const { host } = world.registry
    const secret = 'secret-of-the-registry'
    const auth = { method: 'bearer', secret }
    const source = { name: 'main', type: 'generic', registry: host, repositories: ['**'], auth }
    const rulesFor = (repository: string) => {
      const rule = { name: 'all', repositories: [`${host}/${repository}`], keyId: 'my-key' }
      return { version: '1.0', rules: [{ ...rule, timestampAuthority: 'emulator' }] }
    }
    const own = await createFolder()
    const api = own.start({
      ...environment,
      CONFIG: await own.write('config.json', { ...world.configuration, sources: [source] }),
      SIGNING_RULES: await own.write('rules.json', rulesFor('nobody/**')),
      QUEUE_DIR: join(own.path, 'queue'),
    })
    const url = await api.url
    const { reference, digest } = await pushImage(host, REPOSITORY, 'rules')
    const verified = async () => {
      const verdict = await post(url, '/v1/verify', { reference }, TOKENS.reader)
      return ((await verdict.json()) as { verified: boolean }).verified
    }
    const tell = () =>
      post(
        url,
        '/v1/events/main',
        { events: [{ repository: REPOSITORY, digest, tag: 'rules' }] },
        secret,
      )
    const settled = async () => {
      const headers = { authorization: `Bearer ${TOKENS.reader}` }
      const query = new URLSearchParams({ reference })
      const status = await fetch(`${url}/v1/signing-status?${query}`, { headers })
      return status.json()
    }
    await own.write('rules.json', '{"version":')
    api.signal('SIGHUP')
    expect((await lineOf(api, 'reload-failed'))?.message).toContain('the signing rules')
    expect((await tell()).status).toBe(202)
    expect(await verified()).toBe(false)
    await own.write('rules.json', rulesFor('team/**'))
    api.signal('SIGHUP')
    await lineOf(api, 'reloaded')
    expect((await tell()).status).toBe(202)
    await expect.poll(verified, PATIENCE).toBe(true)
    expect(await settled()).toMatchObject({ signatures: [{ state: 'COMPLETE' }] })
    await end(api)
  })

  test('SIGHUP lets a request that runs finish with the connection that it began with', async () => {
    const api = folder.start(environment)
    const url = await api.url
    const { reference } = await pushImage(world.registry.host, REPOSITORY, 'reload')
    world.emulator.setFaults([{ on: 'list-keypairs', answer: 'slow', delayMs: 700 }])
    const asked = world.emulator.requests.length
    const running = post(url, '/v1/sign', { reference, keyId: 'my-key' }, TOKENS.signer)
    await expect.poll(() => world.emulator.requests.length, PATIENCE).toBeGreaterThan(asked)
    api.signal('SIGHUP')
    await lineOf(api, 'reloaded')
    expect(await (await running).json()).toMatchObject({ keyId: 'my-key' })
    world.emulator.setFaults([])
    expect((await describeKey(url)).status).toBe(200)
    await end(api)
  })
}
