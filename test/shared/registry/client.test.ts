import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { createRegistry } from '../../../shared/registry/client.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { scriptedFetch } from './scripted-fetch.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const ENVELOPE = '{"payload":""}'
const BLOB_URL = `https://r.example/v2/a/blobs/${digestOf(ENVELOPE)}`

it.each([
  [
    'is too large, unasked',
    5_000_000,
    'its envelope has 5000000 bytes, at most 4194304 are read',
    1,
  ],
  ['is shorter than announced', 100, 'it has 14 bytes, 100 were announced', 2],
  ['is longer than announced', 10, 'it is longer than 10 bytes', 2],
])('fetchSignatureEnvelope() refuses an envelope that %s', async (_what, size, found, requests) => {
  const { client, manifest, lines } = registryWithSignature(size)
  await expect(client.fetchSignatureEnvelope('a', manifest)).rejects.toThrow(
    expect.objectContaining({
      code: 'envelope-malformed',
      message: expect.stringContaining(found),
    }),
  )
  expect(lines().length).toBe(requests)
})

it('fetchSignatureEnvelope() gives the envelope as it was pushed', async () => {
  const { client, manifest } = registryWithSignature(ENVELOPE.length)
  expect(await client.fetchSignatureEnvelope('a', manifest)).toEqual({
    mediaType: 'application/jose+json',
    envelope: new TextEncoder().encode(ENVELOPE),
  })
})

it('createRegistry() asks for answers as they are, because a length is compared', async () => {
  const { client, manifest, requests } = registryWithSignature(ENVELOPE.length)
  await client.fetchSignatureEnvelope('a', manifest)
  for (const { headers } of requests) expect(headers.get('accept-encoding')).toBe('identity')
})

/** A registry with one signature, whose manifest announces so many bytes of envelope. */
function registryWithSignature(size: number) {
  const mediaType = 'application/jose+json'
  const body = JSON.stringify({ layers: [{ mediaType, digest: digestOf(ENVELOPE), size }] })
  const manifest = { mediaType: MANIFEST, digest: digestOf(body), size: body.length }
  const scripted = scriptedFetch({
    [`GET https://r.example/v2/a/manifests/${manifest.digest}`]: new Response(body, {
      headers: { 'content-type': MANIFEST },
    }),
    [`GET ${BLOB_URL}`]: new Response(ENVELOPE),
  })
  const { fetch } = scripted
  const client = createRegistry({ host: 'r.example', plainHttp: false, fetch, crypto: webCrypto })
  return { ...scripted, client, manifest }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
