import { expect, it } from 'vitest'
import { createRegistry } from '../../../shared/registry/client.ts'
import { parseReference } from '../../../shared/registry/reference.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { type Scripted, scriptedFetch } from './scripted-fetch.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** Digest of `{}`. */
const DIGEST = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
const OTHER = `sha256:${'0'.repeat(64)}`
const TAG_URL = 'https://r.example/v2/a/manifests/v1'
const DIGEST_URL = `https://r.example/v2/a/manifests/${DIGEST}`
const DESCRIBED = { 'content-type': MANIFEST, 'docker-content-digest': DIGEST }

it('resolve() takes the descriptor from a HEAD, with the media type it is served under', async () => {
  const docker = 'application/vnd.docker.distribution.manifest.v2+json'
  const headers = { ...DESCRIBED, 'content-type': `${docker}; charset=utf-8` }
  const { resolve, lines, requests } = registry({ [`HEAD ${TAG_URL}`]: head(headers) })
  expect(await resolve('r.example/a:v1')).toEqual({ mediaType: docker, digest: DIGEST, size: 2 })
  expect(lines()).toEqual([`HEAD ${TAG_URL}`])
  expect(requests[0]?.headers.get('accept')).toBe(
    [
      docker,
      'application/vnd.docker.distribution.manifest.list.v2+json',
      MANIFEST,
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.oci.artifact.manifest.v1+json',
    ].join(', '),
  )
})

it.each<[string, Response]>([
  ['HEAD gives no digest', head({ 'content-type': MANIFEST })],
  ['HEAD gives no length', new Response(null, { headers: DESCRIBED })],
  ['HEAD is compressed', head({ ...DESCRIBED, 'content-encoding': 'gzip' })],
  ['HEAD is not allowed', new Response(null, { status: 405 })],
])('resolve() reads the manifest where %s', async (_why, answer) => {
  const { resolve } = registry({
    [`HEAD ${TAG_URL}`]: answer,
    [`GET ${TAG_URL}`]: new Response('{}', { headers: { 'content-type': MANIFEST } }),
  })
  expect(await resolve('r.example/a:v1')).toEqual({ mediaType: MANIFEST, digest: DIGEST, size: 2 })
})

it.each<[string, string, Readonly<Record<string, Scripted>>, string, string]>([
  [
    'an artifact that is not there',
    'r.example/a:v1',
    {},
    'artifact-unknown',
    'Cannot resolve "r.example/a:v1": the registry has no such artifact',
  ],
  [
    'a refusal',
    'r.example/a:v1',
    { [`HEAD ${TAG_URL}`]: new Response(null, { status: 403 }) },
    'registry-denied',
    'Cannot resolve "r.example/a:v1": "r.example" answered 403; the account lacks the permission',
  ],
  [
    'a web page',
    'r.example/a:v1',
    {
      [`HEAD ${TAG_URL}`]: head({ 'content-type': 'text/html' }),
      [`GET ${TAG_URL}`]: new Response('{}', { headers: { 'content-type': 'text/html' } }),
    },
    'registry-answer-invalid',
    'Cannot resolve "r.example/a:v1": the registry serves it as "text/html", which is no manifest\'s media type',
  ],
  [
    'another digest than the asked one',
    `r.example/a@${OTHER}`,
    { [`HEAD https://r.example/v2/a/manifests/${OTHER}`]: head(DESCRIBED) },
    'registry-answer-invalid',
    `Cannot resolve "r.example/a@${OTHER}": user input digest ${OTHER} does not match the resolved digest ${DIGEST}`,
  ],
  [
    'a digest header that is none',
    'r.example/a:v1',
    { [`HEAD ${TAG_URL}`]: head({ ...DESCRIBED, 'docker-content-digest': 'sha256:x' }) },
    'registry-answer-invalid',
    'Cannot read the answer of "r.example": its Docker-Content-Digest is no digest',
  ],
])('resolve() refuses %s', async (_what, reference, script, code, message) => {
  await expect(registry(script).resolve(reference)).rejects.toThrow(
    expect.objectContaining({ code, message }),
  )
})

it('fetchManifest() gives bytes that have the digest and the size', async () => {
  const { client } = registry({
    [`GET ${DIGEST_URL}`]: new Response('{}', { headers: { 'content-type': MANIFEST } }),
  })
  const descriptor = { mediaType: MANIFEST, digest: DIGEST, size: 2 }
  expect(await client.fetchManifest('a', descriptor)).toMatchObject({
    mediaType: MANIFEST,
    digest: DIGEST,
    bytes: new Uint8Array([0x7b, 0x7d]),
  })
})

it.each<[string, Readonly<Record<string, Scripted>>, number, string, string]>([
  ['other content', served('{"a":1}'), 2, 'registry-answer-invalid', 'the content has digest'],
  ['another size', served('{}'), 3, 'registry-answer-invalid', 'it has 2 bytes, 3 were announced'],
  ['what is not there', {}, 2, 'artifact-unknown', 'it is not there'],
  [
    'what is too large, unasked',
    served('{}'),
    5_000_000,
    'registry-answer-invalid',
    'it has 5000000 bytes, at most 4194304 are read',
  ],
])('fetchManifest() refuses %s', async (_what, script, size, code, found) => {
  const { client } = registry(script)
  const failed = client.fetchManifest('a', { mediaType: MANIFEST, digest: DIGEST, size })
  await expect(failed).rejects.toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(found) }),
  )
})

function registry(script: Readonly<Record<string, Scripted>>) {
  const scripted = scriptedFetch(script)
  const client = createRegistry({
    host: 'r.example',
    plainHttp: false,
    fetch: scripted.fetch,
    crypto: webCrypto,
  })
  return { ...scripted, client, resolve: (text: string) => client.resolve(parseReference(text)) }
}

function served(body: string): Readonly<Record<string, Scripted>> {
  return { [`GET ${DIGEST_URL}`]: new Response(body, { headers: { 'content-type': MANIFEST } }) }
}

function head(headers: Readonly<Record<string, string>>): Response {
  return new Response(null, { headers: { 'content-length': '2', ...headers } })
}
