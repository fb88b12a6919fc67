// Children of an index that the real notation signed, on real registries: our verdict on the index is made of
// those that notation gives on each child.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchSignatures, type LocatedArtifact } from '../../functions/artifact-signatures.ts'
import type { Descriptor } from '../../shared/descriptor.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createRegistry } from '../../shared/registry/client.ts'
import { OCI_IMAGE_INDEX } from '../../shared/registry/media-types.ts'
import { parseWantedPlatform } from '../../shared/registry/platform.ts'
import {
  type IndexHandling,
  type IndexVerdict,
  verifyIndex,
} from '../../shared/verify/verify-index.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { type FreshImage, pushFreshImage } from '../support/images.ts'
import { createNotationWithPlugin, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { startDistribution, startOlareg } from '../support/registries.ts'
import { type EmulatedStm, startEmulatedStm } from './emulated-stm.ts'

const REPOSITORY = 'interop/platforms'
const PLATFORMS = ['amd64', 'arm64'] as const

async function pushIndex(host: string, images: readonly FreshImage[]): Promise<Descriptor> {
  const manifests = images.map(({ mediaType, digest, size }, index) => ({
    mediaType,
    digest,
    size,
    platform: { os: 'linux', architecture: PLATFORMS[index] },
  }))
  const document = { schemaVersion: 2, mediaType: OCI_IMAGE_INDEX, manifests }
  const bytes = Buffer.from(JSON.stringify(document))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const answer = await fetch(`http://${host}/v2/${REPOSITORY}/manifests/${digest}`, {
    method: 'PUT',
    headers: { 'content-type': OCI_IMAGE_INDEX },
    body: bytes,
  })
  expect(answer.status).toBe(201)
  return { mediaType: OCI_IMAGE_INDEX, digest, size: bytes.length }
}

describePeers(
  'children of an index that notation signed',
  ['notation', 'distribution', 'olareg'],
  ({ notation: binary, distribution, olareg }) => {
    let stm: EmulatedStm
    let notation: Notation

    beforeAll(async () => {
      stm = await startEmulatedStm()
      notation = await createNotationWithPlugin(binary, stm.emulator.environment)
      await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
      await notation.setPolicy({ trustStores: ['ca:stm'], override: { revocation: 'skip' } })
    })
    afterAll(async () => {
      await notation?.close()
      await stm?.close()
    })

    describe.each([
      ['Distribution, which has the tag schema', () => startDistribution(distribution), []],
      [
        'olareg, which has the referrers API',
        () => startOlareg(olareg),
        ['--force-referrers-tag=false'],
      ],
    ] as const)('on %s', (_name, start, flags) => {
      let registry: { readonly host: string; close(): Promise<void> }

      beforeAll(async () => {
        registry = await start()
      })
      afterAll(() => registry?.close())

      async function verify(index: Descriptor, handling: IndexHandling): Promise<IndexVerdict> {
        const { host } = registry
        const statement = {
          name: 'p',
          registryScopes: ['*'],
          signatureVerification: { level: 'strict', override: { revocation: 'skip' } },
          trustStores: ['ca:stm'],
          trustedIdentities: ['*'],
        }
        const bundle = await parseTrustBundle(
          {
            trustPolicy: { version: '1.0', trustPolicies: [statement] },
            trustStores: { 'ca:stm': [stm.emulator.signingRootPem] },
          },
          webCrypto,
        )
        const artifact = { reference: `${host}/${REPOSITORY}@${index.digest}`, descriptor: index }
        const located: LocatedArtifact = {
          registry: createRegistry({ host, plainHttp: true, fetch, crypto: webCrypto }),
          repository: REPOSITORY,
          artifact,
        }
        return verifyIndex(
          {
            ...artifact,
            handling,
            fetchIndex: (descriptor) => located.registry.fetchManifest(REPOSITORY, descriptor),
            findSignatures: (descriptor) => fetchSignatures(located, descriptor),
          },
          { bundle, now: new Date(), crypto: webCrypto },
        )
      }

      it('gives the verdicts that notation gives on each', async () => {
        const { host } = registry
        const images = [
          await pushFreshImage(host, REPOSITORY),
          await pushFreshImage(host, REPOSITORY),
        ]
        const index = await pushIndex(host, images)
        const sign = (digest: string) =>
          notation.run(
            ['sign', '--plugin', 'digicert-stm', '--id', 'ec-p256', '--insecure-registry'].concat(
              flags,
              `${host}/${REPOSITORY}@${digest}`,
            ),
          )
        const notationVerifies = async (digest: string) => {
          const reference = `${host}/${REPOSITORY}@${digest}`
          const { exitCode } = await notation.run(['verify', '--insecure-registry', reference])
          return exitCode === 0
        }
        const [first, second] = images.map(({ digest }) => digest)

        expect(await sign(first ?? '')).toMatchObject({ exitCode: 0, stderr: '' })
        const half = await verify(index, { includesIndex: false })
        expect(half).toMatchObject({ verified: false, code: 'children-rejected' })
        for (const { verified, artifact } of half.children ?? [])
          expect(verified).toBe(await notationVerifies(artifact.descriptor.digest))
        const platform = parseWantedPlatform('linux/amd64')
        if (platform === undefined) throw new Error('no platform')
        expect(await verify(index, { includesIndex: false, platform })).toMatchObject({
          verified: true,
        })

        expect(await sign(second ?? '')).toMatchObject({ exitCode: 0, stderr: '' })
        expect(await verify(index, { includesIndex: false })).toMatchObject({ verified: true })
        expect(await notationVerifies(index.digest)).toBe(false)
        expect(await verify(index, { includesIndex: true })).toMatchObject({
          verified: false,
          code: 'signature-missing',
        })

        expect(await sign(index.digest)).toMatchObject({ exitCode: 0, stderr: '' })
        expect(await notationVerifies(index.digest)).toBe(true)
        expect(await verify(index, { includesIndex: true })).toMatchObject({
          verified: true,
          signatures: [{ verified: true }],
          children: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }],
        })
      })
    })
  },
)
