// What no rule has signed, whatever it says: what speaks of another artifact, and what readers could take for something
// else.

import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { REGISTRY, REPOSITORY } from '../../support/api.ts'
import { createSigningService, type SigningService } from '../../support/signing-service.ts'

interface ImageManifest {
  readonly mediaType: string
  readonly layers: readonly object[]
}

/** Pushes an image, and another manifest of the same blobs; looks at that. */
async function lookAtAmended(
  service: SigningService,
  amend: (image: ImageManifest) => object,
): Promise<void> {
  const { digest, mediaType } = await service.push('base')
  const url = `https://${REGISTRY}/v2/${REPOSITORY}/manifests/${digest}`
  const image = (await (await service.fetchOfClients(url)).json()) as ImageManifest
  const manifest = { mediaType, ...amend(image) }
  await service.put('v1', manifest)
  const amended = createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
  await service.look(service.lookAt({ digest: `sha256:${amended}` }))
}

it.each([
  ['a signature of cosign', 'application/vnd.dev.cosign.simplesigning.v1+json'],
  ['an attestation of BuildKit', 'application/vnd.in-toto+json'],
  ['a bundle of DSSE', 'application/vnd.dsse.envelope.v1+json'],
])('%s, which names no subject and has the config of an image', async (_, mediaType) => {
  const service = await createSigningService()
  await lookAtAmended(service, (image) => ({
    ...image,
    layers: image.layers.map((layer) => ({ ...layer, mediaType })),
  }))

  expect(service.engine.performed).toMatchObject([{ outcome: 'settled' }])
  expect(service.signed).toEqual([])
  expect(service.engine.states.size).toBe(0)
})

it.each(['Subject', 'SUBJECT', 'ArtifactType', 'Layers'])(
  'a manifest with the member "%s", which readers in Go take for another',
  async (member) => {
    const service = await createSigningService()
    await lookAtAmended(service, (image) => ({ ...image, [member]: 'text' }))

    expect(service.engine.dead).toMatchObject([{ code: 'encoding-invalid' }])
    expect(service.signed).toEqual([])
  },
)
