import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Descriptor } from '../../../shared/descriptor.ts'
import { createRegistry } from '../../../shared/registry/client.ts'
import { possibleReferrersTags, referrersTag } from '../../../shared/registry/referrers-tag.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { collect, type Scripted, scriptedFetch } from './scripted-fetch.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const SIGNATURE = 'application/vnd.cncf.notary.signature'
const SUBJECT = { mediaType: MANIFEST, digest: digestOf('the image'), size: 9 }
const API_URL = `https://r.example/v2/a/referrers/${SUBJECT.digest}?artifactType=${encodeURIComponent(SIGNATURE)}`
const TAG_URL = `https://r.example/v2/a/manifests/${SUBJECT.digest.replace(':', '-')}`
const FIRST = entry('first')
const SECOND = entry('second')

it('listSignatures() lists what the referrers API answers, without what is no signature', async () => {
  const other = { ...entry('sbom'), artifactType: 'application/spdx+json' }
  const untyped = { ...entry('untyped'), artifactType: undefined }
  const { list, lines } = registry({ [`GET ${API_URL}`]: index([other, FIRST, untyped, SECOND]) })
  expect(await list()).toEqual([FIRST.digest, SECOND.digest])
  expect(lines()).toEqual([`GET ${API_URL}`])
})

it('listSignatures() gives an entry twice named only once, and leaves out what is no descriptor', async () => {
  const broken = { ...FIRST, digest: 'none' }
  const { list } = registry({ [`GET ${API_URL}`]: index([FIRST, broken, FIRST]) })
  expect(await list()).toEqual([FIRST.digest])
})

it('listSignatures() follows the pages of the referrers API, relative and absolute', async () => {
  const { list } = registry({
    [`GET ${API_URL}`]: index([FIRST], { link: '</v2/a/referrers/x?p=2>; rel="next"' }),
    'GET https://r.example/v2/a/referrers/x?p=2': index([], {
      link: '<https://r.example/v2/a/referrers/x?p=3>;rel=next',
    }),
    'GET https://r.example/v2/a/referrers/x?p=3': index([SECOND], {
      link: '</v2/a/referrers/x?p=1>; rel="prev"',
    }),
  })
  expect(await list()).toEqual([FIRST.digest, SECOND.digest])
})

it('listSignatures() asks for a page only when the one before is used up', async () => {
  const { client, lines } = registry({
    [`GET ${API_URL}`]: index([FIRST], { link: '</v2/a/referrers/x?p=2>; rel="next"' }),
  })
  for await (const manifest of client.listSignatures('a', SUBJECT)) {
    expect(manifest.digest).toBe(FIRST.digest)
    break
  }
  expect(lines()).toEqual([`GET ${API_URL}`])
})

it.each([
  ['a page at another origin', 'https://evil.example/page', 'a page elsewhere'],
  ['pages without end', API_URL, 'more than 20 pages'],
])('listSignatures() refuses %s', async (_what, target, found) => {
  const { list } = registry({
    [`GET ${API_URL}`]: index([FIRST], { link: `<${target}>; rel="next"` }),
  })
  await expect(list()).rejects.toThrow(
    expect.objectContaining({
      code: 'registry-answer-invalid',
      message: `Cannot list the signatures of "a@${SUBJECT.digest}": there is ${found}`,
    }),
  )
})

it.each<[string, Readonly<Record<string, Scripted>>]>([
  ['answers 404', {}],
  ['answers the catch-all page of a proxy', { [`GET ${API_URL}`]: new Response('<html>') }],
])('listSignatures() looks under the referrers tag where the API %s', async (_why, script) => {
  const { list } = registry({ ...script, [`GET ${TAG_URL}`]: index([FIRST, SECOND]) })
  expect(await list()).toEqual([FIRST.digest, SECOND.digest])
})

it('listSignatures() finds no signature where there is neither API nor tag', async () => {
  const { list, lines } = registry({})
  expect(await list()).toEqual([])
  expect(lines()).toEqual([`GET ${API_URL}`, `GET ${TAG_URL}`])
})

it('listSignatures() takes the children of an image that is answered to its own tag for no referrers', async () => {
  // As GitLab does (oras-go#1396).
  const child = entry('child')
  const image = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [child] })
  const subject = { mediaType: INDEX, digest: digestOf(image), size: image.length }
  const tag = subject.digest.replace(':', '-')
  const { client } = registry({
    [`GET https://r.example/v2/a/manifests/${tag}`]: typed(image, INDEX),
  })
  expect(await digests(client.listSignatures('a', subject))).toEqual([])
})

it('listSignatures() takes a Docker manifest list under the tag for no referrers', async () => {
  const list = 'application/vnd.docker.distribution.manifest.list.v2+json'
  const { list: found } = registry({
    [`GET ${TAG_URL}`]: typed(JSON.stringify({ manifests: [FIRST] }), list),
  })
  expect(await found()).toEqual([])
})

it.each<[string, Readonly<Record<string, Scripted>>, string]>([
  [
    'an unknown repository',
    {
      [`GET ${API_URL}`]: Response.json({ errors: [{ code: 'NAME_UNKNOWN' }] }, { status: 404 }),
    },
    'artifact-unknown',
  ],
  [
    'a failing API',
    { [`GET ${API_URL}`]: new Response(null, { status: 500 }) },
    'registry-unavailable',
  ],
  [
    'a failing tag: it is not an empty list',
    { [`GET ${TAG_URL}`]: new Response(null, { status: 500 }) },
    'registry-unavailable',
  ],
  [
    'a list that is not well-formed',
    { [`GET ${API_URL}`]: typed('{', INDEX) },
    'registry-answer-invalid',
  ],
  [
    'a list of another shape',
    { [`GET ${API_URL}`]: typed('{"manifests":{}}', INDEX) },
    'registry-answer-invalid',
  ],
  [
    'a list that is no object',
    { [`GET ${API_URL}`]: typed('[]', INDEX) },
    'registry-answer-invalid',
  ],
])('listSignatures() refuses %s', async (_what, script, code) => {
  await expect(registry(script).list()).rejects.toThrow(expect.objectContaining({ code }))
})

it('referrersTag() cuts long digests, as the tag schema has it', () => {
  expect(referrersTag(`sha256:${'a'.repeat(64)}`)).toBe(`sha256-${'a'.repeat(64)}`)
  expect(referrersTag(`sha512:${'a'.repeat(128)}`)).toBe(`sha512-${'a'.repeat(64)}`)
})

it('possibleReferrersTags() names the uncut tag too where a registry can hold it', () => {
  expect(possibleReferrersTags(`sha256:${'a'.repeat(64)}`)).toEqual([`sha256-${'a'.repeat(64)}`])
  expect(possibleReferrersTags(`sha384:${'a'.repeat(96)}`)).toEqual([
    `sha384-${'a'.repeat(64)}`,
    `sha384-${'a'.repeat(96)}`,
  ])
  expect(possibleReferrersTags(`sha512:${'a'.repeat(128)}`)).toEqual([`sha512-${'a'.repeat(64)}`])
})

function registry(script: Readonly<Record<string, Scripted>>) {
  const scripted = scriptedFetch(script)
  const client = createRegistry({
    host: 'r.example',
    plainHttp: false,
    fetch: scripted.fetch,
    crypto: webCrypto,
  })
  return { ...scripted, client, list: () => digests(client.listSignatures('a', SUBJECT)) }
}

async function digests(manifests: AsyncIterable<Descriptor>): Promise<string[]> {
  return (await collect(manifests)).map(({ digest }) => digest)
}

function entry(content: string) {
  const digest = digestOf(content)
  return { mediaType: MANIFEST, digest, size: content.length, artifactType: SIGNATURE }
}

function index(manifests: readonly unknown[], headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
  return new Response(body, { headers: { 'content-type': INDEX, ...headers } })
}

function typed(body: string, mediaType: string): Response {
  return new Response(body, { headers: { 'content-type': mediaType } })
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
