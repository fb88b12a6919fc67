import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../functions/server/settings.ts'

const STM = {
  SM_HOST: 'https://stm.example.com',
  SM_API_KEY: 'k',
  SM_CLIENT_CERT_FILE: 'f',
  SM_CLIENT_CERT_PASSWORD: 'p',
}

describe('settings', () => {
  test('readSettings() binds the loopback interface and only verifies by default', () => {
    expect(readSettings({ NOTATION_CONFIG: '/notation', DOCKER_CONFIG: '/docker' })).toEqual({
      address: { host: '127.0.0.1', port: 8080, settings: { host: 'HOST', port: 'PORT' } },
      metrics: undefined,
      traces: undefined,
      maxConcurrent: { sign: 64, verify: 128, wait: 256 },
      isLoopback: true,
      configurationFile: undefined,
      trustBundleFile: undefined,
      notationFolder: '/notation',
      dockerConfigurationFile: join('/docker', 'config.json'),
      proxy: undefined,
      queue: { place: undefined, rulesFile: undefined, concurrency: 16, sweepMinutes: 15 },
      readStm: expect.any(Function),
    })
  })

  test('readSettings() reads where the queue lies', () => {
    expect(readSettings({ QUEUE_DIR: '/queue', SIGNING_RULES: '/rules' }).queue).toMatchObject({
      place: { kind: 'folder', folder: '/queue' },
      rulesFile: '/rules',
    })
    const QUEUE_URL = 'postgres://user@host/queue'
    expect(readSettings({ QUEUE_URL, SWEEP_MINUTES: '0' }).queue).toMatchObject({
      place: { kind: 'postgres', url: QUEUE_URL },
      sweepMinutes: 0,
    })
  })

  test.each([
    [
      { QUEUE_DIR: '/queue', QUEUE_URL: 'postgres://host/queue' },
      'QUEUE_DIR and QUEUE_URL are both set; the queue lies in one place',
    ],
    [
      { QUEUE_URL: 'mysql://host' },
      'QUEUE_URL is no connection string of PostgreSQL, "postgres://…"',
    ],
    [
      { QUEUE_DIR: '/queue', DENO_DEPLOYMENT_ID: 'x' },
      'QUEUE_DIR is set on Deno Deploy, which keeps no folder; set QUEUE_URL to a PostgreSQL',
    ],
    [{ SIGNING_CONCURRENCY: '0' }, 'SIGNING_CONCURRENCY is not a number from 1 to 256'],
    [{ SWEEP_MINUTES: '45' }, 'SWEEP_MINUTES is none of 0, 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30'],
  ])('readSettings() refuses %j', (environment, found) => {
    expect(() => readSettings(environment)).toThrow(`Cannot start: ${found}`)
  })

  test.each(['0.0.0.0', '::', '10.0.0.1', '127.example.com'])(
    'readSettings() does not take %s for loopback',
    (HOST) => {
      expect(readSettings({ HOST }).isLoopback).toBe(false)
    },
  )

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])(
    'readSettings() takes %s for loopback',
    (HOST) => {
      expect(readSettings({ HOST }).isLoopback).toBe(true)
    },
  )

  test.each(['-1', '65536', '80a', '1e3'])('readSettings() refuses the port %s by name', (port) => {
    for (const name of ['PORT', 'METRICS_PORT'])
      expect(() => readSettings({ [name]: port })).toThrow(
        `Cannot start: ${name} is not a number from 0 to 65535`,
      )
  })

  test.each(['MAX_CONCURRENT_SIGN', 'MAX_CONCURRENT_VERIFY'])(
    'readSettings() takes %s within its bounds',
    (name) => {
      const load = name === 'MAX_CONCURRENT_SIGN' ? 'sign' : 'verify'
      expect(readSettings({ [name]: '7' }).maxConcurrent).toMatchObject({ [load]: 7 })
      for (const wrong of ['0', '10001', 'many'])
        expect(() => readSettings({ [name]: wrong })).toThrow(
          `Cannot start: ${name} is not a number from 1 to 10000`,
        )
    },
  )

  test('readSettings() shows metrics where a port is named, to this machine unless told otherwise', () => {
    const settings = { host: 'METRICS_HOST', port: 'METRICS_PORT' }
    expect(readSettings({ METRICS_PORT: '9464' }).metrics).toEqual({
      host: '127.0.0.1',
      port: 9464,
      settings,
    })
    expect(readSettings({ METRICS_PORT: '0', METRICS_HOST: '::' }).metrics).toEqual({
      host: '::',
      port: 0,
      settings,
    })
    expect(readSettings({ METRICS_HOST: '::' }).metrics).toBeUndefined()
  })

  test('readSettings() takes the proxy in capitals or small letters, for a service that is not exempt', () => {
    const { hostname } = new URL(STM.SM_HOST)
    for (const environment of [
      { HTTPS_PROXY: 'http://proxy.example:3128' },
      { https_proxy: 'proxy.example:3128' },
    ]) {
      const wanted = { host: 'proxy.example', port: 3128 }
      expect(readSettings({ ...STM, ...environment }).proxy).toMatchObject(wanted)
      expect(readSettings(environment).proxy).toBeUndefined()
      for (const exempt of [{ NO_PROXY: hostname }, { no_proxy: hostname }])
        expect(readSettings({ ...STM, ...environment, ...exempt }).proxy).toBeUndefined()
    }
  })

  test('readSettings() refuses a proxy by name, without its password', () => {
    const read = (): unknown => readSettings({ HTTPS_PROXY: 'ftp://user:planted@proxy.example' })
    expect(read).toThrow('cannot use HTTPS_PROXY')
    expect(read).not.toThrow('planted')
  })

  test.each(Object.keys(STM))('readSettings() names %s when it alone is missing', (name) => {
    expect(() => readSettings({ ...STM, [name]: '' })).toThrow(
      `failed to setup STM client: ${name} is not set`,
    )
  })
})
