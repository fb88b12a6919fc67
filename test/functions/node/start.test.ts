import { mkdir, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEmulator, startEmulator } from '../../../emulator/start.ts'
import { type ApiFolder, createApiFolder } from '../../support/api-process.ts'

const PASSWORD = 'planted-password'
const API_KEY = 'planted-api-key'

function rulesWith(changes: object): object {
  const rule = { name: 'all', repositories: ['registry.example.com/**'], keyId: 'my-key' }
  return { version: '1.0', rules: [{ ...rule, ...changes }] }
}

describe('node functions/node.ts', () => {
  let folder: ApiFolder
  let emulator: RunningEmulator

  beforeAll(async () => {
    folder = await createApiFolder()
    emulator = await startEmulator({ port: 0, tsaPort: 0, controlPort: 0 })
  })
  afterAll(async () => {
    await emulator?.close()
    await folder?.close()
  })

  /** Settings that sign, with changes; undefined leaves one out. */
  async function signing(
    changes: Readonly<Record<string, string | undefined>>,
  ): Promise<Record<string, string>> {
    const settings = {
      SM_HOST: emulator.url,
      SM_API_KEY: API_KEY,
      SM_CLIENT_CERT_FILE: await folder.write('client.p12', emulator.clientP12),
      SM_CLIENT_CERT_PASSWORD: emulator.clientP12Password,
      ...changes,
    }
    return Object.fromEntries(
      Object.entries(settings).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    )
  }

  test('starts with nothing configured on the loopback interface, and then signs for nobody', async () => {
    const api = folder.start()
    const url = await api.url
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    for (const path of ['/v1/sign', '/v1/describe-key', '/v1/generate-signature']) {
      for (const headers of [{}, { authorization: 'Bearer any-token' }]) {
        const answer = await fetch(url + path, { method: 'POST', body: '{}', headers })
        expect([path, answer.status]).toEqual([path, 401])
      }
    }
    const body = JSON.stringify({ reference: 'registry.example.com/team/app:v1' })
    const headers = { 'content-type': 'application/json' }
    const verdict = await fetch(`${url}/v1/verify`, { method: 'POST', body, headers })
    expect(await verdict.json()).toMatchObject({ status: 503, code: 'policy-invalid' })
    api.signal('SIGTERM')
    expect(await api.ended).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test.each([
    ['PORT', { PORT: '70000' }, 'PORT is not a number from 0 to 65535'],
    ['HOST', { HOST: '192.0.2.1' }, 'HOST is no address of this machine'],
    ['CONFIG', { CONFIG: '/nowhere/config.json' }, 'that CONFIG names: ENOENT'],
    ['TRUST_BUNDLE', { TRUST_BUNDLE: '/nowhere/bundle.json' }, 'that TRUST_BUNDLE names: ENOENT'],
    ['HTTPS_PROXY', { HTTPS_PROXY: `ftp://user:${PASSWORD}@proxy` }, 'HTTPS_PROXY'],
    ['HTTP_PROXY', { HTTP_PROXY: `ftp://user:${PASSWORD}@proxy` }, 'HTTP_PROXY'],
  ])('names %s when it is wrong', async (_name, environment, told) => {
    await expectRefusal(environment, told)
  })

  test.each([
    ['{', 'it is not well-formed JSON'],
    [JSON.stringify({ callers: [{ name: 'ci', tokenSha256: PASSWORD }] }), 'callers.0.tokenSha256'],
    [JSON.stringify({ registries: [{ host: 'a.example', password: PASSWORD }] }), 'registries.0'],
  ])('names the setting of CONFIG that is wrong in %s', async (content, told) => {
    await expectRefusal({ CONFIG: await folder.write('config.json', content) }, told)
  })

  test.each([
    ['{', 'TRUST_BUNDLE names: '],
    ['{"trustPolicy":{"version":"1.0"},"trustStores":{}}', 'TRUST_BUNDLE names: '],
  ])('names TRUST_BUNDLE when it holds %s', async (content, told) => {
    await expectRefusal({ TRUST_BUNDLE: await folder.write('bundle.json', content) }, told)
  })

  test.each<[string, object, string]>([
    ['version', { version: '2.0', rules: [] }, 'the signing rules: "version"'],
    ['keyId', rulesWith({ keyId: '' }), 'the signing rules: "rules.0.keyId"'],
    [
      'repositories',
      rulesWith({ repositories: ['other.example.com/app'] }),
      '"rules.0.repositories.0" begins with no host of CONFIG setting "registries"',
    ],
    [
      'timestampAuthority',
      rulesWith({ timestampAuthority: 'acme' }),
      '"rules.0.timestampAuthority" is no name of CONFIG setting "timestampAuthorities"',
    ],
    [
      'require.signedBy',
      rulesWith({ require: { signedBy: 'acme' } }),
      '"rules.0.require.signedBy" of rule "all" names "acme", which is no statement of the trust policy',
    ],
  ])('names the setting of SIGNING_RULES that is wrong: %s', async (_setting, rules, told) => {
    const config = JSON.stringify({ registries: [{ host: 'registry.example.com' }] })
    await expectRefusal(
      {
        CONFIG: await folder.write('config.json', config),
        SIGNING_RULES: await folder.write('signing-rules.json', JSON.stringify(rules)),
      },
      told,
    )
  })

  test('names SIGNING_RULES when there is no such file, and what it needs when there is', async () => {
    await expectRefusal({ SIGNING_RULES: '/nowhere/rules.json' }, 'SIGNING_RULES names: ENOENT')
    const rules = await folder.write('signing-rules.json', '{"version":"1.0","rules":[]}')
    await expectRefusal(
      { SIGNING_RULES: rules },
      'SIGNING_RULES is set, and no queue; set QUEUE_DIR',
    )
  })

  test('refuses to hear of pushes that no rule would have signed', async () => {
    const source = {
      name: 'main',
      type: 'generic',
      registry: 'registry.example.com',
      repositories: ['**'],
      auth: { method: 'bearer', secret: 'a secret of thirty-two characters' },
    }
    const config = { registries: [{ host: 'registry.example.com' }], sources: [source] }
    await expectRefusal(
      { CONFIG: await folder.write('config.json', JSON.stringify(config)) },
      'CONFIG setting "sources" is set, and no rules; set SIGNING_RULES',
    )
  })

  test('names PORT when another program has it', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    await expectRefusal(
      { PORT: String(port) },
      `Cannot listen on 127.0.0.1:${port}: another program listens there; set PORT`,
    )
    await new Promise((resolve) => other.close(resolve))
  })

  test.each(['SM_HOST', 'SM_API_KEY', 'SM_CLIENT_CERT_FILE', 'SM_CLIENT_CERT_PASSWORD'])(
    'names %s when it alone is missing',
    async (name) => {
      await expectRefusal(await signing({ [name]: undefined }), `${name} is not set`)
    },
  )

  test.each([
    ['SM_CLIENT_CERT_PASSWORD', PASSWORD, 'SM_CLIENT_CERT_PASSWORD is not its password'],
    ['SM_CLIENT_CERT_FILE', '/nowhere/client.p12', 'cannot read SM_CLIENT_CERT_FILE'],
    ['SM_CA_FILE', '/nowhere/ca.pem', 'cannot read SM_CA_FILE'],
    ['SM_TLS_SKIP_VERIFY', 'perhaps', 'SM_TLS_SKIP_VERIFY is neither TRUE nor FALSE'],
  ])('names %s when it is wrong', async (name, value, told) => {
    await expectRefusal(await signing({ [name]: value }), told)
  })

  test("refuses a symbolic link among notation's trust stores", async () => {
    const store = join(folder.path, 'notation', 'truststore', 'x509', 'ca', 'acme')
    await mkdir(store, { recursive: true })
    await folder.write(join('notation', 'trustpolicy.json'), '{}')
    await symlink(await folder.write('root.pem', emulator.signingRootPem), join(store, 'root.pem'))
    await expectRefusal(
      { NOTATION_CONFIG: join(folder.path, 'notation') },
      `the trust store file "${join(store, 'root.pem')}" is a symbolic link`,
    )
  })

  /** One line that names the fault, exit status 1, and nothing planted in it. */
  async function expectRefusal(
    environment: Readonly<Record<string, string>>,
    told: string,
  ): Promise<void> {
    const { exitCode, stdout, stderr } = await folder.start(environment).ended
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain(told)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain(PASSWORD)
    expect(stderr).not.toContain(API_KEY)
  }
})
