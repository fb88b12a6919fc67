// The built plugin in remote mode: no variable of Software Trust Manager, an API that answers for the keys.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loopbackCertificate } from '../support/loopback-certificate.ts'
import { startProxy } from '../support/proxy.ts'
import {
  errorOf,
  keyRequest,
  type PluginResult,
  runPlugin,
  signatureRequest,
} from './plugin-process.ts'
import { type RemoteApi, startRemoteApi } from './remote-api.ts'

const TOKEN = 'planted-caller-token-5d20'
const REQUEST_TOKEN = 'planted-request-token-77aa'
const PROXY_PASSWORD = 'planted-proxy-password'
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJl'

let folder: string
let api: RemoteApi
let answer: RemoteApi['answer']

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remote-'))
  api = await startRemoteApi()
  answer = api.answer
})
beforeEach(() => {
  api.answer = answer
  api.seen.length = 0
})
afterAll(async () => {
  await api.close()
  rmSync(folder, { recursive: true })
})

async function run(
  command: string,
  request: object,
  env: Readonly<Record<string, string>> = {},
): Promise<PluginResult> {
  const own = { STM_NOTARY_URL: api.url, STM_NOTARY_TOKEN: TOKEN }
  const log = { SM_HOME: folder, SM_LOG_LEVEL: 'trace' }
  const result = await runPlugin({ args: [command], request, env: { ...log, ...own, ...env } })
  const shown = result.stdout + result.stderr + logged()
  for (const secret of [TOKEN, REQUEST_TOKEN, JWT, PROXY_PASSWORD])
    expect(shown).not.toContain(secret)
  return result
}

function logged(): string {
  try {
    return readFileSync(join(folder, 'logs', 'sm-client.log'), 'utf8')
  } catch {
    return ''
  }
}

/** `CODE: message` of a run that failed. */
async function errorFrom(
  command: string,
  request: object,
  env?: Readonly<Record<string, string>>,
): Promise<string> {
  const { errorCode, errorMessage } = errorOf(await run(command, request, env))
  return `${errorCode}: ${errorMessage}`
}

const KEY = keyRequest('my-key')
const SIGNATURE = signatureRequest('my-key', 'EC-256')

describe('the plugin with STM_NOTARY_URL', () => {
  it('describes a key by one request with the token', async () => {
    const { stdout, stderr, exitCode } = await run('describe-key', KEY)
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: '{"keyId":"my-key","keySpec":"EC-256"}\n',
      stderr: '',
      exitCode: 0,
    })
    expect(api.seen).toEqual([
      {
        method: 'POST',
        url: '/v1/describe-key',
        authorization: `Bearer ${TOKEN}`,
        body: '{"contractVersion":"1.0","keyId":"my-key"}',
      },
    ])
  })

  it('signs by one request, without pluginConfig, and shows the API its request', async () => {
    const config = { SM_LOG_LEVEL: 'trace' }
    const request = signatureRequest('my-key', 'EC-256', 'text', config)
    const { stdout, exitCode } = await run('generate-signature', request)
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      keyId: 'my-key',
      signature: expect.any(String),
      signingAlgorithm: 'ECDSA-SHA-256',
      certificateChain: [expect.any(String), expect.any(String), expect.any(String)],
    })
    expect(api.seen.map(({ url }) => url)).toEqual(['/v1/generate-signature'])
    expect(JSON.parse(api.seen[0]?.body ?? '')).toEqual({
      contractVersion: '1.0',
      keyId: 'my-key',
      keySpec: 'EC-256',
      hashAlgorithm: 'SHA-256',
      payload: Buffer.from('text').toString('base64'),
    })
  })

  it('does without and does not look at the settings of Software Trust Manager', async () => {
    const env = { SM_HOST: 'not a host', SM_API_KEY: '', SM_CLIENT_CERT_FILE: '/nowhere' }
    expect((await run('describe-key', KEY, env)).exitCode).toBe(0)
  })

  it.each(['/', '/notary', '/notary//'])('puts its paths behind %s', async (path) => {
    await run('describe-key', KEY, { STM_NOTARY_URL: `"${api.url}${path}"` })
    const prefix = path === '/' ? '' : '/notary'
    expect(api.seen.map(({ url }) => url)).toEqual([`${prefix}/v1/describe-key`])
  })

  it('takes its settings from pluginConfig first', async () => {
    const request = keyRequest('my-key', { STM_NOTARY_URL: api.url })
    const { exitCode } = await run('describe-key', request, { STM_NOTARY_URL: 'http://[::1]:1' })
    expect(exitCode).toBe(0)
  })

  it.each<[Record<string, string>, string]>([
    [{ STM_NOTARY_URL: 'notary' }, 'STM_NOTARY_URL: it is not a URL'],
    [
      { STM_NOTARY_URL: 'http://notary.example' },
      'STM_NOTARY_URL: wanted is https://, or http:// to this machine',
    ],
    [
      { STM_NOTARY_URL: 'http://127.0.0.1.example' },
      'STM_NOTARY_URL: wanted is https://, or http:// to this machine',
    ],
    [
      { STM_NOTARY_URL: 'https://u:planted@notary.example' },
      'STM_NOTARY_URL: it holds a user or a password',
    ],
    [{ STM_NOTARY_URL: 'https://notary.example/#a' }, 'STM_NOTARY_URL: it has a fragment'],
    [{ STM_NOTARY_URL: 'https://notary.example/?a' }, 'STM_NOTARY_URL: it has a query'],
    [
      { STM_NOTARY_TOKEN: '' },
      'STM_NOTARY_TOKEN: it is not set; set it to a token of a caller of the API; in GitHub Actions give the job "permissions: id-token: write" instead',
    ],
    [
      { STM_NOTARY_TOKEN: 'two words' },
      'STM_NOTARY_TOKEN: it holds a character that no bearer token has; copy it again',
    ],
    [
      { SM_TLS_SKIP_VERIFY: 'true' },
      'SM_TLS_SKIP_VERIFY: with STM_NOTARY_URL whoever answers would get the token; name the CA in SM_CA_FILE instead',
    ],
  ])('asks nobody with %j', async (env, reason) => {
    expect(await errorFrom('describe-key', KEY, env)).toBe(`VALIDATION_ERROR: Cannot use ${reason}`)
    expect(api.seen).toEqual([])
  })

  it.each(['ca_certs', 'signature_algorithm_ECDSA-SHA-256'])(
    'refuses %s, which is the setting of the API',
    async (name) => {
      const request = keyRequest('my-key', { [name]: 'x' })
      expect(await errorFrom('describe-key', request)).toBe(
        `VALIDATION_ERROR: Cannot use pluginConfig "${name}": with STM_NOTARY_URL the API asks Software Trust Manager; set it there, in CONFIG "stm"`,
      )
    },
  )
})

describe('the plugin in a job of GitHub Actions', () => {
  const actions = (): Record<string, string> => ({
    STM_NOTARY_TOKEN: '',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${api.url}/idtoken/abc?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
  })
  const withToken = (body: unknown, status = 200): void => {
    api.answer = (seen) => (seen.url.startsWith('/idtoken/') ? { status, body } : answer(seen))
  }

  it.each([
    ['the origin of the API', {}, (): string => api.url],
    [
      'STM_NOTARY_AUDIENCE',
      { STM_NOTARY_AUDIENCE: 'https://sign.example/?a&b' },
      (): string => 'https://sign.example/?a&b',
    ],
  ])('fetches a token for %s and signs with it', async (_what, env, audience) => {
    withToken({ value: JWT, count: 1 })
    const { exitCode, stderr } = await run('generate-signature', SIGNATURE, {
      ...actions(),
      ...env,
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const query = `api-version=2.0&audience=${encodeURIComponent(audience())}`
    expect(api.seen.map(({ method, url, authorization }) => [method, url, authorization])).toEqual([
      ['GET', `/idtoken/abc?${query}`, `Bearer ${REQUEST_TOKEN}`],
      ['POST', '/v1/generate-signature', `Bearer ${JWT}`],
    ])
  })

  it('prefers a token that is set', async () => {
    await run('describe-key', KEY, { ...actions(), STM_NOTARY_TOKEN: TOKEN })
    expect(api.seen.map(({ authorization }) => authorization)).toEqual([`Bearer ${TOKEN}`])
  })

  it.each<[string, unknown, number, string]>([
    ['a refusal', {}, 403, 'answered 403'],
    ['an answer without it', { count: 0 }, 200, 'holds none'],
    ['a token that is none', { value: 'two words' }, 200, 'holds none'],
    ['a page', '<html>', 200, 'holds none'],
  ])('tells of %s instead of a token', async (_what, body, status, found) => {
    withToken(body, status)
    expect(await errorFrom('describe-key', KEY, actions())).toMatch(
      new RegExp(
        `^ACCESS_DENIED: Cannot get the OIDC token of this job from GitHub: .*${found}; give the job "permissions: id-token: write"$`,
      ),
    )
    expect(api.seen).toHaveLength(1)
  })

  it('gives the token of the job to nobody by plain HTTP', async () => {
    const env = { ...actions(), ACTIONS_ID_TOKEN_REQUEST_URL: 'http://github.example/' }
    expect(await errorFrom('describe-key', KEY, env)).toBe(
      'VALIDATION_ERROR: Cannot use ACTIONS_ID_TOKEN_REQUEST_URL: wanted is https://, or http:// to this machine',
    )
  })

  it('does not show a token that comes back in an error', async () => {
    api.answer = ({ url, authorization = '' }) =>
      url.startsWith('/idtoken/')
        ? { body: { value: JWT } }
        : { status: 401, body: { code: 'caller-unauthenticated', detail: authorization } }
    expect(await errorFrom('describe-key', KEY, actions())).toBe(
      `ACCESS_DENIED: ${api.url} answered 401: Bearer [redacted]`,
    )
  })
})

describe('the plugin with STM_NOTARY_URL, on its way', () => {
  let tls: RemoteApi
  let caFile: string
  let close: (() => Promise<void>) | undefined

  beforeAll(async () => {
    const { key, certificate, ca } = loopbackCertificate()
    tls = await startRemoteApi({ key, cert: certificate })
    caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, ca)
  })
  afterEach(async () => {
    await close?.()
    close = undefined
  })
  afterAll(() => tls.close())

  it('trusts what SM_CA_FILE vouches for', async () => {
    const env = { STM_NOTARY_URL: tls.url, SM_CA_FILE: caFile }
    expect((await run('generate-signature', SIGNATURE, env)).exitCode).toBe(0)
  })

  it('names SM_CA_FILE where the API is not trusted', async () => {
    expect(await errorFrom('describe-key', KEY, { STM_NOTARY_URL: tls.url })).toMatch(
      /^VALIDATION_ERROR: cannot reach https:\/\/127\.0\.0\.1:\d+: the server's certificate is issued by a CA that is not trusted here \(\w+\); set SM_CA_FILE to/,
    )
  })

  it('names STM_NOTARY_URL where the certificate is for another name', async () => {
    const env = { STM_NOTARY_URL: `https://localhost:${tls.port}`, SM_CA_FILE: caFile }
    expect(await errorFrom('describe-key', KEY, env)).toMatch(
      /for another name \(ERR_TLS_CERT_ALTNAME_INVALID\); write STM_NOTARY_URL as the certificate has it$/,
    )
  })

  it('goes through HTTPS_PROXY', async () => {
    const proxy = await startProxy({
      target: { host: '127.0.0.1', port: tls.port },
      credentials: `user:${PROXY_PASSWORD}`,
    })
    close = () => proxy.close()
    const result = await run('describe-key', KEY, {
      STM_NOTARY_URL: tls.url,
      SM_CA_FILE: caFile,
      HTTPS_PROXY: `http://user:${PROXY_PASSWORD}@${proxy.address}`,
    })
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    expect(proxy.tunnels).toEqual([`127.0.0.1:${tls.port}`])
  })

  it('tells when nobody listens', async () => {
    const env = { STM_NOTARY_URL: 'http://127.0.0.1:1' }
    expect(await errorFrom('generate-signature', SIGNATURE, env)).toBe(
      'ERROR: cannot reach http://127.0.0.1:1: the connection was refused (ECONNREFUSED)',
    )
  })

  it.each([429, 503])('asks again after %i, when the API says', async (status) => {
    api.answer = (seen) =>
      api.seen.length < 3
        ? { status, body: { code: 'signer-throttled' }, headers: { 'retry-after': '0' } }
        : answer(seen)
    expect((await run('generate-signature', SIGNATURE)).exitCode).toBe(0)
    expect(api.seen).toHaveLength(3)
  })

  it.each([
    [500, 'internal'],
    [502, 'signature-unaccounted'],
    [504, 'signer-timeout'],
  ])('does not ask again after %i', async (status, code) => {
    api.answer = () => ({ status, body: { code, detail: 'Cannot sign' } })
    await errorFrom('generate-signature', SIGNATURE)
    expect(api.seen).toHaveLength(1)
  })

  it.each([
    ['describe-key', KEY, ''],
    ['generate-signature', SIGNATURE, '; the request was sent, a signature may have been spent'],
  ] as const)('tells what a lost answer may have cost, %s', async (command, request, words) => {
    api.answer = () => undefined
    const error = await errorFrom(command, request)
    expect(error).toMatch(/^ERROR: cannot reach http:.*: the connection broke \(ECONNRESET\)/)
    expect(error.endsWith('a signature may have been spent')).toBe(words !== '')
    expect(api.seen).toHaveLength(1)
  })

  it('waits no longer than SM_CONN_TIMEOUT', async () => {
    api.answer = () => new Promise(() => {})
    const env = { SM_CONN_TIMEOUT: '200' }
    expect(await errorFrom('describe-key', KEY, env)).toBe(
      `TIMEOUT: ${api.url} did not answer within 200 ms; SM_CONN_TIMEOUT sets the limit of a call`,
    )
  })
})
