import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  answerPageFile,
  CONTENT_SECURITY_POLICY,
  PAGE_FILES,
} from '../../functions/page/page-files.ts'
import { readPageFiles } from '../../functions/server/page-files.ts'
import { createPageFileReader } from '../../functions/worker/page-assets.ts'
import { createTestApi, type TestApi } from '../support/api.ts'
import { nodeCrypto } from '../support/node-crypto.ts'

const FOLDER = new URL('../../functions/page/site/', import.meta.url)
const FIRST = PAGE_FILES[0] ?? { path: '', name: '', mediaType: '' }
/** What each page's files weigh on the wire, and what they would without compression; both have a style and more. */
const SIZES = [
  { page: 'the page', isOf: (name: string) => !isDocs(name), maxGzip: 24 * 1024, max: 64 * 1024 },
  { page: 'the reference', isOf: isDocs, maxGzip: 8 * 1024, max: 25 * 1024 },
]

const bytesOf = (name: string): Buffer => readFileSync(new URL(name, FOLDER))
const textOf = (name: string): string => bytesOf(name).toString()

describe('PAGE_FILES', () => {
  test('are the files of the folder', () => {
    expect(PAGE_FILES.map(({ name }) => name).toSorted()).toEqual(readdirSync(FOLDER).toSorted())
  })

  test('are all that the page and its modules load', () => {
    const linked = ['page.html', 'docs.html'].flatMap((name) =>
      [...textOf(name).matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]*)"/g)].map(
        ([, path]) => `/${path}`,
      ),
    )
    const imported = PAGE_FILES.filter(({ name }) => name.endsWith('.js')).flatMap(({ name }) =>
      [...textOf(name).matchAll(/^import [^']*'\.\/([^']*)'/gm)].map(([, file]) => `/page/${file}`),
    )
    expect(linked.length + imported.length).toBeGreaterThan(10)
    const paths = PAGE_FILES.map(({ path }) => path)
    expect([...linked, ...imported].filter((path) => !paths.includes(path))).toEqual([])
  })

  test.each(SIZES)('are small: $page', ({ page, isOf, maxGzip, max }) => {
    const files = PAGE_FILES.filter(({ name }) => isOf(name)).map(({ name }) => bytesOf(name))
    const bytes = files.reduce((sum, file) => sum + file.length, 0)
    const gzip = files.reduce((sum, file) => sum + gzipSync(file).length, 0)
    console.log(`${page}: ${bytes} bytes, compressed ${gzip}`)
    expect(files.length).toBeGreaterThan(3)
    expect(bytes).toBeLessThan(max)
    expect(gzip).toBeLessThan(maxGzip)
  })

  test('hold no inline script or style and no address of another host', () => {
    for (const { name } of PAGE_FILES) {
      if (name.endsWith('.html'))
        expect(textOf(name)).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son[a-z]+=/i)
      expect(textOf(name).replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//)
    }
  })
})

describe('the page', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await createTestApi({ readPageFile: await readPageFiles() })
  })
  afterAll(() => {
    expect(api.asked).toEqual([])
    expect(api.audit).toEqual([])
  })

  test.each(PAGE_FILES)('$path comes to anyone with its type and the policy', async (file) => {
    const answer = await api.request(file.path)
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': file.mediaType,
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    })
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytesOf(file.name))
  })

  test('has a policy that names no host and allows nothing inline', () => {
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'")
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|https?:|data:/)
  })

  test('is not sent again to who has it', async () => {
    const etag = (await api.request('/')).headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[0-9a-f]{64}"$/)
    for (const known of [etag, `"other", ${etag}`]) {
      const answer = await api.request('/', { headers: { 'if-none-match': known } })
      expect([answer.status, await answer.text()]).toEqual([304, ''])
      expect(answer.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
    }
    const other = await api.request('/', { headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
  })

  test('is compressed for who can read that', async () => {
    const answer = await api.request('/', { headers: { 'accept-encoding': 'br, gzip' } })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(answer.headers.get('vary')).toBe('accept-encoding')
    const plain = await api.request('/')
    expect(plain.headers.has('content-encoding')).toBe(false)
  })

  test('is only read', async () => {
    for (const path of ['/', '/docs', '/page/main.js']) {
      const answer = await api.request(path, { method: 'POST', body: '{}' })
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('GET, HEAD')
      expect((await api.request(path, { method: 'HEAD' })).status).toBe(200)
    }
  })

  test.each(['/page.html', '/page/page.html', '/page/', '/page/../app.ts', '/page/none.js'])(
    '%s is no file of it',
    async (path) => {
      expect((await api.request(path)).status).toBe(404)
    },
  )

  test('is not there where nothing reads its files', async () => {
    const without = await createTestApi()
    const answer = await without.request('/')
    expect(await answer.json()).toMatchObject({ status: 404, code: 'route-unknown' })
  })
})

describe('createPageFileReader()', () => {
  test('reads the assets of a Worker, which compresses by itself', async () => {
    const asked: string[] = []
    const fetch = async (url: string): Promise<Response> => {
      asked.push(new URL(url).pathname)
      return new Response('<!doctype html>')
    }
    const readPageFile = createPageFileReader({ ASSETS: { fetch } })
    if (readPageFile === undefined) throw new Error('There is a binding')
    const request = new Request('https://api.example/', { headers: { 'accept-encoding': 'gzip' } })
    const answer = await answerPageFile(FIRST, request, readPageFile, nodeCrypto)
    expect(await answer.text()).toBe('<!doctype html>')
    expect(answer.headers.has('content-encoding')).toBe(false)
    expect(asked).toEqual(['/page.html'])
  })

  test('reads nothing without the binding, and no page that is not there', async () => {
    expect(createPageFileReader({})).toBeUndefined()
    const fetch = async (): Promise<Response> => new Response('', { status: 404 })
    const readPageFile = createPageFileReader({ ASSETS: { fetch } })
    await expect(readPageFile?.('page.html')).rejects.toThrow(
      'The assets lack page.html: status 404',
    )
  })
})

function isDocs(name: string): boolean {
  return name.startsWith('docs')
}
