// notation signs in remote mode: no variable of Software Trust Manager is set where notation runs, the API on Node
// holds the credentials, and the caller is a run of GitHub Actions as an issuer of the test's own says.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRegistry } from '../../demo/registry/start.ts'
import { type RemoteApi, startRemoteApi } from '../plugin/remote-api.ts'
import { type ApiFolder, type ApiProcess, createApiFolder } from '../support/api-process.ts'
import { pushFreshImage } from '../support/images.ts'
import { loopbackCertificate } from '../support/loopback-certificate.ts'
import { createNotationWithPlugin, type Ended, type Notation } from '../support/notation.ts'
import { AUDIENCE, createTestIssuer, type TestIssuer } from '../support/oidc-issuer.ts'
import { describePeers } from '../support/peers.ts'
import { type EmulatedStm, startEmulatedStm } from './emulated-stm.ts'

const TOKEN = 'token-of-a-build-machine-0123456789'
const KEY_IDS = ['ec-p256', 'rsa-3072']

describePeers('notation in remote mode', ['notation'], ({ notation: binary }) => {
  let registry: Awaited<ReturnType<typeof startRegistry>>
  let stm: EmulatedStm
  let server: RemoteApi
  let issuer: TestIssuer
  let folder: ApiFolder
  let api: ApiProcess
  let notation: Notation
  let claims: Readonly<Record<string, unknown>>

  beforeAll(async () => {
    registry = await startRegistry()
    stm = await startEmulatedStm()
    const { key, certificate, ca } = loopbackCertificate()
    server = await startRemoteApi({ key, cert: certificate })
    issuer = await createTestIssuer('RS256', server.url)
    server.answer = async ({ url }) => {
      if (url.startsWith('/idtoken')) return { body: { value: await newToken(url) } }
      const document = issuer.answer(new Request(server.url + url))
      return { status: document?.status ?? 404, body: (await document?.json()) ?? {} }
    }
    folder = await createApiFolder()
    const permissions = ['describe-key', 'generate-signature']
    const callers = [
      { name: 'machine', tokenSha256: sha256(TOKEN), permissions, keys: KEY_IDS },
      {
        name: 'release',
        preset: 'github-actions',
        issuer: server.url,
        audience: AUDIENCE,
        claims: { repository_id: '4242', ref: 'refs/heads/main' },
        permissions,
        keys: KEY_IDS,
      },
      { name: 'reader', tokenSha256: sha256('reader'), permissions: ['describe-key'], keys: ['*'] },
    ]
    api = folder.start({
      ...stm.emulator.environment,
      CONFIG: await folder.write('config.json', { callers }),
      NODE_EXTRA_CA_CERTS: await folder.write('issuer.pem', ca),
    })
    notation = await createNotationWithPlugin(binary, {
      STM_NOTARY_URL: await api.url,
      SM_CA_FILE: await folder.write('ca.pem', ca),
    })
    await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
    await notation.setPolicy({ trustStores: ['ca:stm'] })
  })
  afterAll(async () => {
    await notation?.close()
    await folder?.close()
    await server?.close()
    await stm?.close()
    await registry?.close()
  })

  /** GitHub's answer: the audience is what was asked for. */
  const newToken = (url: string): Promise<string> => {
    const aud = new URL(url, server.url).searchParams.get('audience')
    return issuer.token(new Date(), { claims: { ...claims, aud } })
  }
  const actions = (): Record<string, string> => ({
    STM_NOTARY_AUDIENCE: AUDIENCE,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/idtoken?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
  })
  const sign = async (
    keyId: string,
    environment: Readonly<Record<string, string>>,
    format = 'jws',
  ): Promise<{ readonly signed: Ended; readonly verified: Ended }> => {
    const { reference } = await pushFreshImage(registry.host, 'interop/remote')
    const how = ['--plugin', 'digicert-stm', '--id', keyId, '--signature-format', format]
    const signed = await notation.run(
      ['sign', ...how, '--insecure-registry', reference],
      environment,
    )
    return { signed, verified: await notation.run(['verify', '--insecure-registry', reference]) }
  }

  it.each([
    ['ec-p256', 'jws'],
    ['rsa-3072', 'cose'],
  ])('a static token signs with %s as %s, and the signature verifies', async (keyId, format) => {
    const { signed, verified } = await sign(keyId, { STM_NOTARY_TOKEN: TOKEN }, format)
    expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(verified).toMatchObject({ exitCode: 0 })
  })

  it('a run of GitHub Actions on the branch signs without any secret of its own', async () => {
    claims = {}
    const { signed, verified } = await sign('ec-p256', actions())
    expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(verified).toMatchObject({ exitCode: 0 })
    expect(api.lines().at(-1)).toMatchObject({
      event: 'generate-signature',
      caller: 'release',
      'claims.repository_id': '4242',
      keyId: 'ec-p256',
      outcome: 'done',
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['a fork', { repository_id: '5151' }],
    ['pull_request_target', { event_name: 'pull_request_target' }],
  ])('a run for %s signs nothing', async (_what, changed) => {
    claims = changed
    const { signed, verified } = await sign('ec-p256', actions())
    expect(signed.exitCode).toBe(1)
    expect(signed.stderr).toBe(
      `Error: failed to sign with the plugin digicert-stm: ${await api.url} answered 401: Cannot accept the token: its claims are those of no caller in CONFIG; the log names what differs\n`,
    )
    expect(verified.exitCode).toBe(1)
  })

  it('a caller without the permission describes the key and signs nothing', async () => {
    const { signed } = await sign('ec-p256', { STM_NOTARY_TOKEN: 'reader' })
    expect(signed.exitCode).toBe(1)
    expect(signed.stderr).toContain('the permission "generate-signature" is not granted')
    expect(api.lines().map(({ event, outcome }) => [event, outcome])).toContainEqual([
      'describe-key',
      'done',
    ])
  })
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
