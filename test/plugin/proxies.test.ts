// The built plugin behind proxies.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loopbackCertificate } from '../support/loopback-certificate.ts'
import { type ProxyOptions, type RunningProxy, startProxy } from '../support/proxy.ts'
import {
  errorOf,
  keyRequest,
  openBench,
  type PluginBench,
  signatureRequest,
} from './plugin-process.ts'

/** A name that no name server knows: only the proxy can reach it. */
const HOST = 'stm.example.invalid'
const CREDENTIALS = 'proxy-user:p@ss:word/1'
const PROXY_PASSWORD = 'p@ss:word/1'
const ENCODED = 'proxy-user:p%40ss%3Aword%2F1'

describe('the plugin behind a proxy', () => {
  let bench: PluginBench
  let proxy: RunningProxy | undefined

  beforeAll(async () => {
    bench = await openBench({ san: [HOST] })
  })
  afterEach(async () => {
    await proxy?.close()
    proxy = undefined
  })
  afterAll(() => bench.close())

  const port = (): number => Number(new URL(bench.emulator.url).port)
  const start = async (options: Partial<ProxyOptions> = {}): Promise<RunningProxy> => {
    proxy = await startProxy({ target: { host: '127.0.0.1', port: port() }, ...options })
    return proxy
  }
  const hidden = (): Record<string, string> => ({ SM_HOST: `https://${HOST}:${port()}` })

  it('signs with its client certificate through a proxy that asks for a password', async () => {
    const { address, tunnels } = await start({ credentials: CREDENTIALS })
    const env = { ...hidden(), HTTPS_PROXY: `http://${ENCODED}@${address}` }
    const request = signatureRequest('rsa-3072', 'RSA-3072')
    const { exitCode, stderr } = await bench.run('generate-signature', request, env)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    // Both requests went over one connection.
    expect(tunnels).toEqual([`${HOST}:${port()}`])
    expect(bench.log()).not.toContain(PROXY_PASSWORD)
  })

  it.each(['https_proxy', 'HTTPS_PROXY'])(
    'obeys %s for hosts of this machine too',
    async (name) => {
      const { address, tunnels } = await start()
      const { exitCode } = await bench.run('describe-key', keyRequest('ec-p256'), {
        [name]: address,
      })
      expect(exitCode).toBe(0)
      expect(tunnels).toHaveLength(1)
    },
  )

  it('takes the proxy from pluginConfig before the environment', async () => {
    const { address, tunnels } = await start()
    const request = keyRequest('ec-p256', { HTTPS_PROXY: `http://${address}` })
    const { exitCode } = await bench.run('describe-key', request, {
      HTTPS_PROXY: 'http://127.0.0.1:1',
    })
    expect(exitCode).toBe(0)
    expect(tunnels).toHaveLength(1)
  })

  it('goes past the proxy where NO_PROXY says so', async () => {
    const { address, tunnels } = await start()
    const env = { HTTPS_PROXY: `http://${address}`, NO_PROXY: 'example.com,localhost' }
    const { exitCode } = await bench.run('describe-key', keyRequest('ec-p256'), env)
    expect(exitCode).toBe(0)
    expect(tunnels).toHaveLength(0)
  })

  it.each([
    ['without a password', '', 'put user and password into HTTPS_PROXY'],
    [
      'with another password',
      'proxy-user:planted-password@',
      'it does not accept the user and password',
    ],
  ])('names a 407 to a request %s', async (_, credentials, remedy) => {
    const { address } = await start({ credentials: CREDENTIALS })
    const env = { ...hidden(), HTTPS_PROXY: `http://${credentials}${address}` }
    const result = await bench.run('describe-key', keyRequest('ec-p256'), env)
    const { errorCode, errorMessage } = errorOf(result)
    expect(errorCode).toBe('VALIDATION_ERROR')
    expect(errorMessage).toContain(
      `failed to setup STM client: the proxy ${address} answered 407 Proxy Authentication Required: ${remedy}`,
    )
    expect(result.stderr + bench.log()).not.toContain('planted-password')
  })

  it.each([
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'VALIDATION_ERROR', 'answered 403 to CONNECT'],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 'ERROR', 'it answered 502 to CONNECT'],
    ['', 'ERROR', 'it closed the connection without an answer to CONNECT'],
    ['x'.repeat(20_000), 'ERROR', 'its answer to CONNECT is not HTTP'],
  ])('tells what a proxy answered instead of a tunnel', async (answer, code, words) => {
    const { address } = await start({ answer })
    const env = { ...hidden(), HTTPS_PROXY: `http://${address}` }
    const { errorCode, errorMessage } = errorOf(
      await bench.run('describe-key', keyRequest('ec-p256'), env),
    )
    expect(errorCode).toBe(code)
    expect(errorMessage).toContain(words)
  })

  it('speaks TLS to a proxy of https://, which SM_CA_FILE vouches for', async () => {
    const { key, certificate, ca } = loopbackCertificate()
    const { address, tunnels } = await start({
      credentials: CREDENTIALS,
      tls: { key, cert: certificate },
    })
    const env = { ...hidden(), HTTPS_PROXY: `https://${ENCODED}@${address}` }
    const both = bench.write('both.pem', bench.emulator.tlsRootPem + ca)
    const request = keyRequest('ec-p256')
    const { exitCode, stderr } = await bench.run('describe-key', request, {
      ...env,
      SM_CA_FILE: both,
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(tunnels).toEqual([`${HOST}:${port()}`])
    const { errorMessage } = errorOf(await bench.run('describe-key', request, env))
    expect(errorMessage).toContain('is not trusted here')
  })

  it('says through which proxy it cannot get', async () => {
    const env = { ...hidden(), HTTPS_PROXY: 'http://127.0.0.1:1' }
    const { errorCode, errorMessage } = errorOf(
      await bench.run('describe-key', keyRequest('ec-p256'), env),
    )
    expect(errorCode).toBe('ERROR')
    expect(errorMessage).toContain('through the proxy 127.0.0.1:1: the connection was refused')
  })

  it.each(['socks5://127.0.0.1:1080', 'http://user:planted@', 'http://u:%zz@127.0.0.1:1'])(
    'refuses %s as a proxy without showing it',
    async (address) => {
      const result = await bench.run('describe-key', keyRequest('ec-p256'), {
        HTTPS_PROXY: address,
      })
      const { errorCode, errorMessage } = errorOf(result)
      expect(errorCode).toBe('VALIDATION_ERROR')
      expect(errorMessage).toMatch(
        /^failed to setup STM client: cannot use HTTPS_PROXY: .*wanted is/,
      )
      expect(errorMessage).not.toContain(address)
    },
  )
})
