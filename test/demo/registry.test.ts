import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { createRegistryApp, type RegistryOptions } from '../../demo/registry/app.ts'
import { startRegistry } from '../../demo/registry/start.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const SIGNATURE = 'application/vnd.cncf.notary.signature'
const EMPTY = '{}'
const SUBJECT = {
  mediaType: MANIFEST,
  digest: digestOf('an image that was never pushed'),
  size: 30,
}

it('createRegistryApp() lists a signature of the legacy form through the referrers API', async () => {
  const app = createRegistryApp()
  const manifest = legacySignatureManifest()
  await pushBlob(app, EMPTY)
  const pushed = await putManifest(app, manifest)
  expect(pushed.status).toBe(201)
  expect(pushed.headers.get('oci-subject')).toBe(SUBJECT.digest)
  const listed = await app.request(
    `/v2/a/b/referrers/${SUBJECT.digest}?artifactType=${encodeURIComponent(SIGNATURE)}`,
  )
  expect(listed.headers.get('content-type')).toBe(INDEX)
  expect(listed.headers.get('oci-filters-applied')).toBe('artifactType')
  expect(await listed.json()).toEqual({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [
      {
        mediaType: MANIFEST,
        digest: digestOf(manifest),
        size: manifest.length,
        artifactType: SIGNATURE,
        annotations: { made: 'by a test' },
      },
    ],
  })
})

it('createRegistryApp() filters referrers by artifactType', async () => {
  const app = createRegistryApp()
  await pushBlob(app, EMPTY)
  await putManifest(app, legacySignatureManifest())
  const listed = await app.request(`/v2/a/b/referrers/${SUBJECT.digest}?artifactType=text%2Fplain`)
  expect(await listed.json()).toMatchObject({ manifests: [] })
})

it('createRegistryApp() without the referrers API neither answers it nor acknowledges a subject', async () => {
  const app = createRegistryApp({ referrersApi: false })
  await pushBlob(app, EMPTY)
  const pushed = await putManifest(app, legacySignatureManifest())
  expect(pushed.headers.has('oci-subject')).toBe(false)
  const listed = await app.request(`/v2/a/b/referrers/${SUBJECT.digest}`)
  expect(listed.status).toBe(404)
})

it.each<[string, RegistryOptions, string, RequestInit, number, string]>([
  ['a name in capitals', {}, '/v2/Team/manifests/v1', {}, 400, 'NAME_INVALID'],
  ['an unknown repository', {}, '/v2/a/b/manifests/v1', {}, 404, 'NAME_UNKNOWN'],
  ['an unknown route', {}, '/v3/', {}, 404, 'UNSUPPORTED'],
  ['a referrers query that names no digest', {}, '/v2/a/b/referrers/v1', {}, 400, 'DIGEST_INVALID'],
  [
    'a manifest of no known media type',
    {},
    '/v2/a/b/manifests/v1',
    { method: 'PUT', headers: { 'content-type': 'text/html' }, body: EMPTY },
    400,
    'MANIFEST_INVALID',
  ],
  [
    'a manifest that names blobs which were not pushed',
    {},
    '/v2/a/b/manifests/v1',
    { method: 'PUT', headers: { 'content-type': MANIFEST }, body: legacySignatureManifest() },
    404,
    'MANIFEST_BLOB_UNKNOWN',
  ],
  [
    'a manifest that is no JSON',
    {},
    '/v2/a/b/manifests/v1',
    { method: 'PUT', headers: { 'content-type': MANIFEST }, body: '<html>' },
    400,
    'MANIFEST_INVALID',
  ],
  [
    'a manifest above 4 MiB',
    {},
    '/v2/a/b/manifests/v1',
    {
      method: 'PUT',
      headers: { 'content-type': MANIFEST },
      body: ' '.repeat(4 * 1024 * 1024 + 1),
    },
    413,
    'SIZE_INVALID',
  ],
  [
    'a blob with another digest',
    {},
    `/v2/a/b/blobs/uploads/?digest=${digestOf('other')}`,
    { method: 'POST', body: EMPTY },
    400,
    'DIGEST_INVALID',
  ],
  [
    'a blob when it is full',
    { capacityBytes: 1 },
    `/v2/a/b/blobs/uploads/?digest=${digestOf(EMPTY)}`,
    { method: 'POST', body: EMPTY },
    507,
    'DENIED',
  ],
])('createRegistryApp() refuses %s', async (_what, options, path, init, status, code) => {
  const response = await createRegistryApp(options).request(path, init)
  expect(await response.json()).toMatchObject({ errors: [{ code }] })
  expect(response.status).toBe(status)
})

it('createRegistryApp() pages the list of tags', async () => {
  const app = createRegistryApp()
  await pushBlob(app, EMPTY)
  for (const tag of ['c', 'a', 'b']) await putManifest(app, legacySignatureManifest(), tag)
  const first = await app.request('/v2/a/b/tags/list?n=2')
  expect(await first.json()).toEqual({ name: 'a/b', tags: ['a', 'b'] })
  expect(first.headers.get('link')).toBe('</v2/a/b/tags/list?n=2&last=b>; rel="next"')
  const second = await app.request('/v2/a/b/tags/list?n=2&last=b')
  expect(await second.json()).toEqual({ name: 'a/b', tags: ['c'] })
  expect(second.headers.has('link')).toBe(false)
})

it('startRegistry() names a port that is in use', async () => {
  const registry = await startRegistry()
  const port = Number(registry.host.split(':')[1])
  try {
    await expect(startRegistry({ port })).rejects.toThrow(
      `Cannot start the registry on port ${port}: it is in use`,
    )
  } finally {
    await registry.close()
  }
})

function legacySignatureManifest(): string {
  const blob = { digest: digestOf(EMPTY), size: EMPTY.length }
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: SIGNATURE, ...blob },
    layers: [{ mediaType: 'application/jose+json', ...blob }],
    subject: SUBJECT,
    annotations: { made: 'by a test' },
  })
}

function pushBlob(app: ReturnType<typeof createRegistryApp>, text: string): Promise<Response> {
  const path = `/v2/a/b/blobs/uploads/?digest=${digestOf(text)}`
  return Promise.resolve(app.request(path, { method: 'POST', body: text }))
}

function putManifest(
  app: ReturnType<typeof createRegistryApp>,
  manifest: string,
  reference = digestOf(manifest),
): Promise<Response> {
  const init = { method: 'PUT', headers: { 'content-type': MANIFEST }, body: manifest }
  return Promise.resolve(app.request(`/v2/a/b/manifests/${reference}`, init))
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
