// Our registry client beside notation's: each finds what the other has pushed, on real registries.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRegistry } from '../../demo/registry/start.ts'
import type { Descriptor } from '../../shared/descriptor.ts'
import { createRegistry } from '../../shared/registry/client.ts'
import { OCI_IMAGE_MANIFEST } from '../../shared/registry/media-types.ts'
import { parseReference } from '../../shared/registry/reference.ts'
import { EMPTY_CONFIG } from '../../shared/registry/signature-manifest.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { pushFreshImage } from '../support/images.ts'
import { createNotationWithPlugin, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { REGISTRY_USER, startDistribution, startOlareg } from '../support/registries.ts'
import { type EmulatedStm, startEmulatedStm } from './emulated-stm.ts'

const KEY = 'ec-p256'

describePeers(
  'the registry client and notation',
  ['notation', 'distribution', 'olareg'],
  ({ notation: binary, distribution, olareg }) => {
    let stm: EmulatedStm
    let notation: Notation

    beforeAll(async () => {
      stm = await startEmulatedStm()
      notation = await createNotationWithPlugin(binary, stm.emulator.environment)
      await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
      await notation.setPolicy({ trustStores: ['ca:stm'] })
    })
    afterAll(async () => {
      await notation.close()
      await stm.close()
    })

    describe.each([
      ['Distribution', () => startDistribution(distribution), []],
      ['olareg', () => startOlareg(olareg), ['--force-referrers-tag=false']],
      ['the in-memory registry', () => startRegistry(), []],
      [
        'the in-memory registry without the referrers API',
        () => startRegistry({ referrersApi: false }),
        [],
      ],
    ] as const)('on %s', (_name, start, flags) => {
      let registry: { readonly host: string; close(): Promise<void> }

      beforeAll(async () => {
        registry = await start()
      })
      afterAll(() => registry.close())

      it('the client finds what notation signed, and notation verifies it where the client pushes it', async () => {
        const { host } = registry
        const client = createRegistry({
          host,
          plainHttp: true,
          fetch: globalThis.fetch,
          crypto: webCrypto,
        })
        const revision = randomUUID()
        const image = await pushFreshImage(host, 'interop/signed', revision)
        const sign = ['sign', '--plugin', 'digicert-stm', '--id', KEY, '--insecure-registry']
        const signed = await notation.run([...sign, ...flags, image.reference])
        expect(signed).toMatchObject({ exitCode: 0, stderr: '' })

        const subject = await client.resolve(parseReference(image.reference))
        const { digest, mediaType, size } = image
        expect(subject).toEqual({ digest, mediaType, size })
        const [found, ...others] = await list(client.listSignatures(image.repository, subject))
        expect(others).toEqual([])
        if (found === undefined) throw new Error('no signature was found')
        const envelope = await client.fetchSignatureEnvelope(image.repository, found)
        expect(envelope.mediaType).toBe('application/jose+json')

        const copy = await pushFreshImage(host, 'interop/copy', revision)
        const chain = stm.keypair(KEY).certificates.map((raw) => ({ raw }))
        const createdAt = new Date()
        const push = { repository: copy.repository, subject, ...envelope, chain, createdAt }
        const pushed = await client.pushSignature(push)
        const listed = await notation.run(['list', '--insecure-registry', copy.reference])
        expect(listed.stdout.match(/── (sha256:\S+)/)?.[1]).toBe(pushed.manifestDigest)
        const verify = ['verify', '--insecure-registry', copy.reference]
        expect(await notation.run(verify)).toMatchObject({ exitCode: 0, stderr: '' })
      })
    })

    it('the client gives a registry the password that it asks for, and tells when it is wrong', async () => {
      const registry = await startDistribution(distribution, { hasUsers: true })
      const open = (password: string) =>
        createRegistry({
          host: registry.host,
          plainHttp: true,
          fetch: globalThis.fetch,
          crypto: webCrypto,
          credentials: { ...REGISTRY_USER, password },
        })
      try {
        const subject = { mediaType: OCI_IMAGE_MANIFEST, digest: EMPTY_CONFIG.digest, size: 2 }
        const push = {
          repository: 'interop/app',
          subject,
          mediaType: 'application/jose+json',
          envelope: new Uint8Array(10),
          chain: [],
          createdAt: new Date(),
        }
        const client = open(REGISTRY_USER.password)
        const { manifestDigest } = await client.pushSignature(push)
        const [found] = await list(client.listSignatures(push.repository, subject))
        expect(found?.digest).toBe(manifestDigest)
        await expect(open('planted-other').pushSignature(push)).rejects.toThrow(
          expect.objectContaining({
            code: 'registry-denied',
            message: expect.stringMatching(/answered 401.*; check the username and password$/),
          }),
        )
      } finally {
        await registry.close()
      }
    })
  },
)

async function list(manifests: AsyncIterable<Descriptor>): Promise<readonly Descriptor[]> {
  const listed: Descriptor[] = []
  for await (const manifest of manifests) listed.push(manifest)
  return listed
}
