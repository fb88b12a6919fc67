// What /v1/inspect answers in the format notation-1.3, beside what the real notation CLI v1.3.2 prints.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../demo/api-client.ts'
import { type PushedImage, pushImage } from '../../demo/image.ts'
import { FREE_PORTS, REPOSITORY, type Stack, startStack } from '../../demo/stack.ts'
import { createRegistry } from '../../shared/registry/client.ts'
import { AT } from '../support/certificates.ts'
import { makeJws } from '../support/envelopes.ts'
import { inspectedEnvelopes } from '../support/inspected-envelopes.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { createNotationWithPlugin, type Ended, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'

const FORMATS = { jws: 'application/jose+json', cose: 'application/cose' } as const
const MATRIX = ['rsa-3072', 'ec-p384'].flatMap((alias) =>
  (['jws', 'cose'] as const).map((format) => [alias, format] as const),
)

interface Inspection {
  readonly mediaType: string
  readonly Signatures: readonly { readonly digest: string }[]
}

describePeers('/v1/inspect beside notation inspect', ['notation'], ({ notation: binary }) => {
  let folder: string
  let stack: Stack
  let notation: Notation

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stack-'))
    stack = await startStack(folder, FREE_PORTS, () => {})
    notation = await createNotationWithPlugin(binary, {
      ...stack.emulator.environment,
      // It shows times of COSE envelopes in the zone that it runs in; the API has none but UTC.
      TZ: 'UTC',
    })
  })

  afterAll(async () => {
    await notation?.close()
    await stack?.close()
    await rm(folder, { recursive: true })
  })

  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${stack.api.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${stack.token}` },
      body: JSON.stringify(body),
    })
    expect(answer.status, await answer.clone().text()).toBe(200)
    return answer.json()
  }
  const inspect = (image: PushedImage): Promise<Ended> =>
    notation.run(['inspect', '--output', 'json', '--insecure-registry', image.digestReference])
  const expectEqual = async (image: PushedImage, ended: Ended): Promise<Inspection> => {
    const printed: unknown = JSON.parse(ended.stdout)
    const { digestReference: reference } = image
    expect(await post('/v1/inspect?format=notation-1.3', { reference })).toEqual(printed)
    return printed as Inspection
  }

  test.each(MATRIX)(
    'both tell the same of what notation signed with %s as %s',
    async (alias, format) => {
      const image = await pushImage(stack.registry.host, REPOSITORY, `cli-${alias}-${format}`)
      const root = join(folder, 'stm', 'tsa-root.pem')
      const how = ['--plugin', 'digicert-stm', '--id', alias, '--signature-format', format]
      const timestamp = ['--timestamp-url', stack.emulator.tsaUrl, '--timestamp-root-cert', root]
      const claims = ['--expiry', '24h', '--user-metadata', 'build=42', '-m', 'é=<&>']
      const to = ['--insecure-registry', image.digestReference]
      const full = await notation.run(['sign', ...how, ...timestamp, ...claims, ...to])
      expect(full.stderr).not.toContain('Error')
      const plain = await notation.run(['sign', ...how, ...to])
      expect(plain.stderr).not.toContain('Error')
      const ended = await inspect(image)
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
      const { Signatures } = await expectEqual(image, ended)
      expect(Signatures).toHaveLength(2)
    },
  )

  test.each(MATRIX)(
    'both tell the same of what /v1/sign made with %s as %s',
    async (alias, format) => {
      const image = await pushImage(stack.registry.host, REPOSITORY, `api-${alias}-${format}`)
      await post('/v1/sign', {
        reference: image.reference,
        keyId: alias,
        signatureMediaType: FORMATS[format],
        timestampAuthority: 'emulator',
        expirySeconds: 86_400,
        userMetadata: { build: '42' },
      })
      const { Signatures } = await expectEqual(image, await inspect(image))
      expect(Signatures).toMatchObject([
        {
          signedAttributes: { expiry: expect.any(String) },
          unsignedAttributes: { timestampSignature: { timestamp: expect.any(String) } },
          userDefinedAttributes: { build: '42' },
        },
      ])
    },
  )

  test('both tell the same of envelopes that notation cannot make', async () => {
    const image = await pushImage(stack.registry.host, REPOSITORY, 'odd')
    const all = inspectedEnvelopes()
    for (const { mediaType, envelope, chain } of all) await push(image, mediaType, envelope, chain)
    const ended = await inspect(image)
    expect(ended.stderr).toBe('')
    const { Signatures } = await expectEqual(image, ended)
    expect(Signatures).toHaveLength(all.length)
  })

  test('both leave out what cannot be read; the default format lists it with its error', async () => {
    const image = await pushImage(stack.registry.host, REPOSITORY, 'unreadable')
    await createApiClient(stack).sign(image.reference, 'ec-p256')
    const bytes = new TextEncoder().encode('no envelope')
    const { manifestDigest } = await push(image, FORMATS.jws, bytes)
    const plain = makeJws({ header: { cty: 'text/plain' } })
    const other = await push(image, FORMATS.jws, plain)
    const ended = await inspect(image)
    expect(ended.exitCode).toBe(1)
    expect(ended.stderr).toContain(`Warning: Skipping signature ${manifestDigest}`)
    const { Signatures } = await expectEqual(image, ended)
    expect(Signatures).toHaveLength(1)
    const { signatures } = (await post('/v1/inspect', { reference: image.reference })) as {
      signatures: readonly { digest: string; error?: { code: string; message: string } }[]
    }
    expect(signatures).toHaveLength(3)
    expect(signatures.find(({ digest }) => digest === manifestDigest)?.error?.code).toBe(
      'envelope-malformed',
    )
    // Where the reference has a sentence it is the same.
    const { message } =
      signatures.find(({ digest }) => digest === other.manifestDigest)?.error ?? {}
    expect(ended.stderr).toContain(`${other.manifestDigest} because of error: ${message}`)
  })

  test('both tell that an image has no signature', async () => {
    const image = await pushImage(stack.registry.host, REPOSITORY, 'unsigned')
    const { Signatures } = await expectEqual(image, await inspect(image))
    expect(Signatures).toEqual([])
  })

  test('/v1/signatures lists the digests that notation list prints', async () => {
    const image = await pushImage(stack.registry.host, REPOSITORY, 'listed')
    const client = createApiClient(stack)
    await client.sign(image.reference, 'ec-p256')
    await client.sign(image.reference, 'ec-p384', FORMATS.cose)
    const { stdout } = await notation.run(['list', '--insecure-registry', image.digestReference])
    const printed = [...stdout.matchAll(/── (sha256:[0-9a-f]{64})/g)].map(([, digest]) => digest)
    const url = `${stack.api.url}/v1/signatures?reference=${encodeURIComponent(image.reference)}`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${stack.token}` } })
    const { signatures } = (await answer.json()) as { signatures: readonly { digest: string }[] }
    expect(printed).toHaveLength(2)
    expect(signatures.map(({ digest }) => digest)).toEqual(printed)
  })

  async function push(
    { digest, mediaType: imageType, size }: PushedImage,
    mediaType: string,
    envelope: Uint8Array,
    chain: { readonly chain: readonly { readonly raw: Uint8Array }[] } = { chain: [] },
  ): Promise<{ readonly manifestDigest: string }> {
    const { host } = stack.registry
    const registry = createRegistry({ host, plainHttp: true, fetch, crypto: nodeCrypto })
    return registry.pushSignature({
      repository: REPOSITORY,
      subject: { mediaType: imageType, digest, size },
      mediaType,
      envelope,
      chain: chain.chain,
      createdAt: AT,
    })
  }
})
