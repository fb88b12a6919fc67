import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRegistryApp } from '../../../demo/registry/app.ts'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { createRegistry } from '../../../shared/registry/client.ts'
import type { Fetch } from '../../../shared/registry/exchange.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { collect } from './scripted-fetch.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const SIGNATURE = 'application/vnd.cncf.notary.signature'
const SUBJECT = { mediaType: MANIFEST, digest: digestOf('the image'), size: 9 }
const TAG = SUBJECT.digest.replace(':', '-')
const DER = encodeUtf8('a certificate')

describe.each([true, false])('with the referrers API: %s', (referrersApi) => {
  it('pushSignature() pushes what listSignatures() and fetchSignatureEnvelope() find', async () => {
    const { client } = registry({ referrersApi })
    const pushed = await client.pushSignature(signature('one'))
    const [manifest, ...more] = await collect(client.listSignatures('a/b', SUBJECT))
    expect(more).toEqual([])
    expect(manifest).toEqual({
      mediaType: MANIFEST,
      digest: pushed.manifestDigest,
      size: expect.any(Number),
      annotations: {
        'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify([
          createHash('sha256').update(DER).digest('hex'),
        ]),
        'org.opencontainers.image.created': '2030-01-02T03:04:05Z',
      },
    })
    if (manifest === undefined) return
    expect(await client.fetchSignatureEnvelope('a/b', manifest)).toEqual({
      mediaType: 'application/jose+json',
      envelope: encodeUtf8('one'),
    })
  })

  it('pushSignature() adds a signature to those that stand, and the same one not twice', async () => {
    const { client } = registry({ referrersApi })
    const one = await client.pushSignature(signature('one'))
    const two = await client.pushSignature(signature('two'))
    await client.pushSignature(signature('one'))
    const listed = await collect(client.listSignatures('a/b', SUBJECT))
    expect(listed.map(({ digest }) => digest)).toEqual([one.manifestDigest, two.manifestDigest])
  })

  it('pushSignature() writes the referrers tag only where there is no API', async () => {
    const { client, app } = registry({ referrersApi })
    await client.pushSignature(signature('one'))
    const tagged = await app.request(`/v2/a/b/manifests/${TAG}`)
    expect(tagged.status).toBe(referrersApi ? 404 : 200)
  })
})

it('pushSignature() writes the tag where a registry acknowledges a subject but has no referrers API', async () => {
  // As Amazon ECR once did (sigstore-js#1183).
  const { client, app } = registry({
    referrersApi: false,
    amend: async (response, { method, url }) => {
      if (method === 'PUT' && url.includes('/manifests/sha256:'))
        response.headers.set('oci-subject', SUBJECT.digest)
      return response
    },
  })
  await client.pushSignature(signature('one'))
  expect((await app.request(`/v2/a/b/manifests/${TAG}`)).status).toBe(200)
})

it('pushSignature() writes no tag where one answer alone says that there is no referrers API', async () => {
  let pages = 0
  const { client, app } = registry({
    amend: async (response, { url }) =>
      url.includes('/referrers/') && pages++ === 0
        ? new Response('<html>', { headers: { 'content-type': 'text/html' } })
        : response,
  })
  expect(await collect(client.listSignatures('a/b', SUBJECT))).toEqual([])
  await client.pushSignature(signature('one'))
  expect((await app.request(`/v2/a/b/manifests/${TAG}`)).status).toBe(404)
  expect(await collect(client.listSignatures('a/b', SUBJECT))).toHaveLength(1)
})

it('pushSignature() keeps to the referrers API that was there a moment ago', async () => {
  let isAway = false
  const { client, app } = registry({
    amend: async (response, { url }) =>
      isAway && url.includes('/referrers/')
        ? new Response('<html>', { headers: { 'content-type': 'text/html' } })
        : response,
  })
  await client.pushSignature(signature('one'))
  isAway = true
  expect(await collect(client.listSignatures('a/b', SUBJECT))).toEqual([])
  await client.pushSignature(signature('two'))
  expect((await app.request(`/v2/a/b/manifests/${TAG}`)).status).toBe(404)
})

it('pushSignature() asks twice, and no more, where it hears that there is no referrers API', async () => {
  let asked = 0
  const { client } = registry({
    referrersApi: false,
    amend: async (response, { method, url }) => {
      if (url.includes('/referrers/')) asked += 1
      if (method === 'PUT' && url.includes('/manifests/sha256:'))
        response.headers.set('oci-subject', SUBJECT.digest)
      return response
    },
  })
  await client.pushSignature(signature('one'))
  await client.pushSignature(signature('two'))
  expect(asked).toBe(2)
})

it('pushSignature() takes no failure for the absence of a referrers API', async () => {
  const { client, app } = registry({
    amend: async (response, { url }) =>
      url.includes('/referrers/') ? new Response('', { status: 500 }) : response,
  })
  await expect(client.pushSignature(signature('one'))).rejects.toThrow(
    expect.objectContaining({ code: 'registry-unavailable' }),
  )
  expect((await app.request(`/v2/a/b/manifests/${TAG}`)).status).toBe(404)
})

it('pushSignature() keeps what it does not know of the index', async () => {
  const { client, app } = registry({ referrersApi: false })
  const before = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [],
    annotations: { by: 'others' },
  }
  await putIndex(app, before)
  await client.pushSignature(signature('one'))
  const after = await (await app.request(`/v2/a/b/manifests/${TAG}`)).json()
  expect(after).toMatchObject({ annotations: { by: 'others' } })
  expect(after.manifests).toEqual([expect.objectContaining({ artifactType: SIGNATURE })])
})

it('pushSignature() lists the signature again when another client has overwritten the index', async () => {
  let overwrites = 0
  const { client, app } = registry({
    referrersApi: false,
    amend: async (response, { method, url }) => {
      if (method === 'PUT' && url.endsWith(TAG) && overwrites++ < 2)
        await putIndex(app, { schemaVersion: 2, mediaType: INDEX, manifests: [] })
      return response
    },
  })
  const { manifestDigest } = await client.pushSignature(signature('one'))
  const listed = await collect(client.listSignatures('a/b', SUBJECT))
  expect(listed.map(({ digest }) => digest)).toEqual([manifestDigest])
  expect(overwrites).toBe(3)
})

it('pushSignature() gives up when others overwrite the index every time', async () => {
  const { client, app } = registry({
    referrersApi: false,
    amend: async (response, { method, url }) => {
      if (method === 'PUT' && url.endsWith(TAG))
        await putIndex(app, { schemaVersion: 2, mediaType: INDEX, manifests: [] })
      return response
    },
  })
  await expect(client.pushSignature(signature('one'))).rejects.toThrow(
    expect.objectContaining({
      code: 'registry-unavailable',
      message: `Cannot list the signature under tag "${TAG}" of "a/b": others overwrite it; try again`,
    }),
  )
})

it('pushSignature() updates the index on condition that it is the one it has read', async () => {
  const conditions: (string | null)[] = []
  let version = 0
  const { client } = registry({
    referrersApi: false,
    amend: async (response, { method, url, headers }) => {
      if (!url.endsWith(TAG)) return response
      if (method === 'GET' && response.ok) response.headers.set('etag', `"${version}"`)
      if (method === 'PUT') conditions.push(headers.get('if-match'))
      // The second signature's first update comes too late for the index it was made from.
      if (method === 'PUT' && version++ === 1) return new Response(null, { status: 412 })
      return response
    },
  })
  await client.pushSignature(signature('one'))
  await client.pushSignature(signature('two'))
  expect((await collect(client.listSignatures('a/b', SUBJECT))).length).toBe(2)
  expect(conditions).toEqual([null, '"1"'])
})

it('pushSignature() does not touch what is no index of referrers', async () => {
  const { client, app } = registry({ referrersApi: false })
  await app.request(`/v2/a/b/blobs/uploads/?digest=${digestOf('{}')}`, {
    method: 'POST',
    body: '{}',
  })
  const image = JSON.stringify({
    config: { mediaType: 'a/b', digest: digestOf('{}'), size: 2 },
    layers: [],
  })
  await app.request(`/v2/a/b/manifests/${TAG}`, {
    method: 'PUT',
    headers: { 'content-type': MANIFEST },
    body: image,
  })
  await expect(client.pushSignature(signature('one'))).rejects.toThrow(
    expect.objectContaining({
      code: 'registry-answer-invalid',
      message: `Cannot list the signature under tag "${TAG}" of "a/b": the tag holds no index of referrers`,
    }),
  )
  expect(await (await app.request(`/v2/a/b/manifests/${TAG}`)).text()).toBe(image)
})

it('pushSignature() keeps the query of the upload, and sends no credentials to another origin', async () => {
  const uploads: { url: string; authorization: string | null }[] = []
  const { client } = registry({
    referrersApi: true,
    amend: async (response, { method, url, headers }) => {
      const at = new URL(url)
      if (at.host === 'store.example') {
        uploads.push({ url, authorization: headers.get('authorization') })
        return new Response(null, { status: 201 })
      }
      if (method === 'POST')
        response.headers.set('location', 'https://store.example/upload?_state=s')
      if (method === 'PUT') {
        return new Response(null, { status: 201, headers: { 'oci-subject': SUBJECT.digest } })
      }
      if (!headers.has('authorization') && method === 'HEAD')
        return new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic' } })
      return response
    },
    credentials: { username: 'robot', password: 'planted-secret' },
  })
  await expect(client.pushSignature(signature('one'))).resolves.toBeDefined()
  expect(uploads.length).toBe(2)
  for (const { url, authorization } of uploads) {
    expect(url).toMatch(/^https:\/\/store\.example\/upload\?_state=s&digest=sha256%3A[0-9a-f]{64}$/)
    expect(authorization).toBeNull()
  }
})

it.each([
  ['HEAD', 'registry-denied', 403, '/blobs/'],
  ['POST', 'registry-throttled', 429, '/uploads/'],
  ['PUT', 'registry-answer-invalid', 413, '/uploads/'],
  ['PUT', 'registry-unavailable', 503, '/manifests/'],
])('pushSignature() reports a %s that is refused as %s', async (method, code, status, part) => {
  const { client } = registry({
    amend: async (response, request) => {
      const isMeant = request.method === method && request.url.includes(part)
      return isMeant ? new Response(null, { status }) : response
    },
  })
  const pushed = client.pushSignature(signature('one'))
  // A HEAD only saves an upload: whatever it answers, the upload decides.
  if (method === 'HEAD') await expect(pushed).resolves.toBeDefined()
  else await expect(pushed).rejects.toThrow(expect.objectContaining({ code }))
})

it('pushSignature() refuses an upload without a place', async () => {
  const { client } = registry({
    amend: async (response, { method }) => {
      if (method === 'POST') response.headers.delete('location')
      return response
    },
  })
  await expect(client.pushSignature(signature('one'))).rejects.toThrow(
    'Cannot push a blob to "a/b": "r.example" names no place for the upload',
  )
})

it.each<[string, (url: string) => Response | undefined, string]>([
  ['whose manifest is gone', (url) => gone(url, '/manifests/'), 'it is not there'],
  ['whose envelope is gone', (url) => gone(url, '/blobs/'), 'answered 404'],
  [
    'whose envelope is another',
    (url) => (url.includes('/blobs/') ? new Response('One') : undefined),
    'the content has digest',
  ],
])(
  'fetchSignatureEnvelope() reports a signature %s as envelope-malformed',
  async (_what, replace, found) => {
    const { client } = registry({
      amend: async (response, { method, url }) =>
        method === 'GET' ? (replace(url) ?? response) : response,
    })
    await client.pushSignature(signature('one'))
    for await (const manifest of client.listSignatures('a/b', SUBJECT)) {
      await expect(client.fetchSignatureEnvelope('a/b', manifest)).rejects.toThrow(
        expect.objectContaining({
          code: 'envelope-malformed',
          message: expect.stringMatching(
            `^unable to retrieve digital signature with digest "${manifest.digest}" from the repository: .*${found}`,
          ),
        }),
      )
    }
  },
)

it('fetchSignatureEnvelope() reports a registry that fails as such', async () => {
  const { client } = registry({
    amend: async (response, { method, url }) =>
      method === 'GET' && url.includes('/blobs/') ? new Response(null, { status: 500 }) : response,
  })
  await client.pushSignature(signature('one'))
  for await (const manifest of client.listSignatures('a/b', SUBJECT)) {
    await expect(client.fetchSignatureEnvelope('a/b', manifest)).rejects.toThrow(
      expect.objectContaining({ code: 'registry-unavailable' }),
    )
  }
})

interface Options {
  readonly referrersApi?: boolean
  readonly amend?: (response: Response, request: Request) => Promise<Response>
  readonly credentials?: { readonly username: string; readonly password: string }
}

/** A client of an in-memory registry, whose answers a test may amend. */
function registry({ referrersApi = true, amend, credentials }: Options) {
  const app = createRegistryApp({ referrersApi })
  const fetch: Fetch = async (url, init) => {
    const request = new Request(url, init)
    const response = await app.fetch(request.clone())
    return amend === undefined ? response : amend(response, request)
  }
  const client = createRegistry({
    host: 'r.example',
    plainHttp: false,
    fetch,
    crypto: webCrypto,
    ...(credentials === undefined ? {} : { credentials }),
  })
  return { app, client }
}

function signature(envelope: string) {
  return {
    repository: 'a/b',
    subject: SUBJECT,
    mediaType: 'application/jose+json',
    envelope: encodeUtf8(envelope),
    chain: [{ raw: DER }],
    createdAt: new Date('2030-01-02T03:04:05.678Z'),
  }
}

async function putIndex(app: ReturnType<typeof createRegistryApp>, index: object): Promise<void> {
  const init = {
    method: 'PUT',
    headers: { 'content-type': INDEX },
    body: JSON.stringify(index),
  }
  expect((await app.request(`/v2/a/b/manifests/${TAG}`, init)).status).toBe(201)
}

function gone(url: string, part: string): Response | undefined {
  return url.includes(part) ? new Response(null, { status: 404 }) : undefined
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
