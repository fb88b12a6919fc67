// The page on Workers: its files are assets that the Worker answers for.

import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { miniflareOptions } from '../../demo/api/worker-bundle.ts'
import { CONTENT_SECURITY_POLICY, PAGE_FILES } from '../../functions/page/page-files.ts'
import { workerScript } from '../support/worker-script.ts'

let worker: Miniflare

beforeAll(async () => {
  worker = new Miniflare(
    miniflareOptions({ script: await workerScript(), bindings: {}, log: () => {} }),
  )
})
afterAll(async () => {
  await worker?.dispose()
})

test.each(PAGE_FILES)('$path comes with its type and the policy', async ({ path, mediaType }) => {
  const answer = await worker.dispatchFetch(`https://api.example${path}`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe(mediaType)
  expect(answer.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
  expect((await answer.text()).length).toBeGreaterThan(100)
})

test.each(['/page.html', '/main.js', '/page/'])(
  '%s is not served past the Worker',
  async (path) => {
    const answer = await worker.dispatchFetch(`https://api.example${path}`, { redirect: 'manual' })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'route-unknown' })
  },
)
