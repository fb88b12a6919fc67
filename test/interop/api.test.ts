// The API and the real notation CLI, each verifying what the other signed.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiClient, createApiClient } from '../../demo/api-client.ts'
import { pushImage } from '../../demo/image.ts'
import { FREE_PORTS, REPOSITORY, type Stack, startStack, TRUST_STORE } from '../../demo/stack.ts'
import { createNotationWithPlugin, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'

const ALIASES = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384', 'ec-p521']
const FORMATS = { jws: 'application/jose+json', cose: 'application/cose' } as const
const MATRIX = ALIASES.flatMap((alias) =>
  (['jws', 'cose'] as const).map((format) => [alias, format] as const),
)

describePeers('the API beside the notation CLI', ['notation'], ({ notation: binary }) => {
  let folder: string
  let stack: Stack
  let api: ApiClient
  let notation: Notation

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stack-'))
    stack = await startStack(folder, FREE_PORTS, () => {})
    api = createApiClient(stack)
    notation = await createNotationWithPlugin(binary, stack.emulator.environment)
    await notation.addCertificate('ca', TRUST_STORE, stack.emulator.signingRootPem)
    await notation.addCertificate('tsa', TRUST_STORE, stack.emulator.tsaRootPem)
    await notation.run(['policy', 'import', '--force', stack.trustPolicyFile])
  })

  afterAll(async () => {
    await notation?.close()
    await stack?.close()
    await rm(folder, { recursive: true })
  })

  test.each(MATRIX)(
    'notation verify takes what /v1/sign made with %s as %s',
    async (alias, format) => {
      const image = await pushImage(stack.registry.host, REPOSITORY, `api-${alias}-${format}`)
      await api.sign(image.reference, alias, FORMATS[format])
      const verified = await notation.run(['verify', '--insecure-registry', image.digestReference])
      expect(verified).toMatchObject({
        exitCode: 0,
        stdout: `Successfully verified signature for ${image.digestReference}\n`,
      })
    },
  )

  test.each(MATRIX)(
    '/v1/verify takes what notation sign made with %s as %s',
    async (alias, format) => {
      const image = await pushImage(stack.registry.host, REPOSITORY, `cli-${alias}-${format}`)
      const tsaRoot = join(folder, 'stm', 'tsa-root.pem')
      const timestamp = ['--timestamp-url', stack.emulator.tsaUrl, '--timestamp-root-cert', tsaRoot]
      const how = [
        '--plugin',
        'digicert-stm',
        '--id',
        alias,
        '--signature-format',
        format,
        ...timestamp,
      ]
      const signed = await notation.run([
        'sign',
        ...how,
        '--insecure-registry',
        image.digestReference,
      ])
      expect(signed.stderr).not.toContain('Error')
      const verdict = await api.verify(image.reference)
      expect(verdict).toMatchObject({
        verified: true,
        signatures: [{ mediaType: FORMATS[format], verified: true }],
      })
    },
  )

  test('both refuse a signature without the timestamp that the trust policy asks for', async () => {
    const image = await pushImage(stack.registry.host, REPOSITORY, 'no-timestamp')
    await notation.run([
      'sign',
      '--plugin',
      'digicert-stm',
      '--id',
      'my-key',
      '--insecure-registry',
      image.digestReference,
    ])
    const verified = await notation.run(['verify', '--insecure-registry', image.digestReference])
    expect(verified.exitCode).toBe(1)
    const verdict = await api.verify(image.reference)
    expect(verdict.verified).toBe(false)
    const check = verdict.signatures[0]?.checks.find(({ result }) => result === 'failed')
    expect(check).toMatchObject({
      type: 'authenticTimestamp',
      message: 'no timestamp countersignature was found in the signature envelope',
    })
  })

  test('both refuse a signer whose subject has no ST', async () => {
    const image = await pushImage(stack.registry.host, REPOSITORY, 'no-st')
    await api.sign(image.reference, 'no-st')
    const verified = await notation.run(['verify', '--insecure-registry', image.digestReference])
    expect(verified.exitCode).toBe(1)
    const verdict = await api.verify(image.reference)
    expect(verdict.verified).toBe(false)
    expect(verdict.signatures[0]?.checks.find(({ result }) => result === 'failed')).toMatchObject({
      type: 'authenticity',
      message: expect.stringContaining('has no mandatory RDN attribute for'),
    })
  })
})
