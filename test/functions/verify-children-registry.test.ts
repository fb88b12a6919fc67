import { describe, expect, test } from 'vitest'
import { createTestApi, REGISTRY, REPOSITORY, type TestApi } from '../support/api.ts'
import { OCI_INDEX, platformOf, pushChild, pushIndex } from '../support/image-indexes.ts'

async function verify(api: TestApi, reference: string): Promise<unknown> {
  const answer = await api.post('/v1/verify', { reference, index: 'children' })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return answer.json()
}

/** The list of referrers as the registry has it, with one more page announced. */
async function withNextPage(api: TestApi, digest: string): Promise<Response> {
  const path = `/v2/${REPOSITORY}/referrers/${digest}`
  const answer = await api.fetch(`http://${REGISTRY}${path}`)
  const headers = { 'content-type': OCI_INDEX, link: `<${path}?last=x>; rel="next"` }
  return new Response(await answer.text(), { headers })
}

describe('POST /v1/verify of children, and their registry', () => {
  test('finds their signatures under the tag schema', async () => {
    const api = await createTestApi({ referrersApi: false })
    const { reference } = await pushIndex(api, [await pushChild(api), await pushChild(api)])
    expect(await verify(api, reference)).toMatchObject({
      verified: true,
      children: [{ signatures: [{}] }, { signatures: [{}] }],
    })
  })

  test('reads their signatures page by page', async () => {
    let isPaged = false
    const api = await createTestApi({
      intercept(request) {
        const { pathname, searchParams } = new URL(request.url)
        if (!isPaged || !pathname.includes('/referrers/') || searchParams.has('last')) return
        const headers = { 'content-type': OCI_INDEX, link: `<${pathname}?last=x>; rel="next"` }
        const empty = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }
        return new Response(JSON.stringify(empty), { headers })
      },
    })
    const { reference } = await pushIndex(api, [await pushChild(api)])
    isPaged = true
    expect(await verify(api, reference)).toMatchObject({
      verified: true,
      children: [{ signatures: [{ verified: true }] }],
    })
  })

  test('refuses an index with other bytes than its digest says', async () => {
    let changed = ''
    const api = await createTestApi({
      intercept(request) {
        if (request.method !== 'GET' || changed === '' || !request.url.endsWith(changed)) return
        const headers = { 'content-type': OCI_INDEX, 'docker-content-digest': changed }
        return new Response('{"schemaVersion":2,"manifests":[]}', { headers })
      },
    })
    const { reference, digest } = await pushIndex(api, [await pushChild(api)])
    changed = digest
    const answer = await api.post('/v1/verify', { reference, index: 'children' })
    expect([answer.status, await answer.json()]).toMatchObject([
      502,
      { code: 'registry-answer-invalid' },
    ])
  })

  test('rejects an index whose inner index is not there, and still tells of the others', async () => {
    let gone = ''
    const api = await createTestApi({
      intercept: ({ method, url }) =>
        method === 'GET' && gone !== '' && url.endsWith(gone)
          ? new Response(null, { status: 404 })
          : undefined,
    })
    const inner = await pushIndex(api, [await pushChild(api)])
    const { reference } = await pushIndex(api, [inner, await pushChild(api)])
    gone = inner.digest
    expect(await verify(api, reference)).toMatchObject({
      verified: false,
      code: 'children-rejected',
      children: [{ verified: false, code: 'index-missing' }, { verified: true }],
    })
  })

  test.each([
    ['garbage under the tag of its referrers', true, 'it is not well-formed JSON'],
    ['garbage after a good signature', false, 'it is not well-formed JSON'],
  ])('makes %s an outcome of that child', async (_, isTagged, found) => {
    let broken = ''
    const api = await createTestApi({
      referrersApi: !isTagged,
      intercept({ method, url }) {
        const { pathname, searchParams } = new URL(url)
        const isList = pathname.endsWith(
          isTagged ? broken.replace(':', '-') : `/referrers/${broken}`,
        )
        if (method !== 'GET' || broken === '' || !isList) return
        const headers = { 'content-type': OCI_INDEX }
        if (isTagged || searchParams.has('last')) return new Response('garbage', { headers })
        return paged
      },
    })
    let paged: Response | undefined
    const bad = await pushChild(api, platformOf('linux/arm64'))
    const { reference } = await pushIndex(api, [await pushChild(api), bad])
    if (!isTagged) paged = await withNextPage(api, bad.digest)
    broken = bad.digest
    const verdict = await verify(api, reference)
    const unreadable = isTagged
      ? { verified: false, code: 'signatures-unreadable', message: expect.stringContaining(found) }
      : { verified: true, signaturesNotChecked: 'unreadable', signatures: [{ verified: true }] }
    expect(verdict).toMatchObject({
      verified: !isTagged,
      ...(isTagged ? { code: 'children-rejected' } : {}),
      children: [{ verified: true }, { platform: 'linux/arm64', ...unreadable }],
    })
  })

  test('answers no verdict where the registry fails on one of them', async () => {
    let failing = ''
    const api = await createTestApi({
      intercept: ({ url }) =>
        failing !== '' && url.includes(`/referrers/${failing}`)
          ? new Response(null, { status: 503 })
          : undefined,
    })
    const second = await pushChild(api)
    const { reference } = await pushIndex(api, [await pushChild(api), second])
    failing = second.digest
    const answer = await api.post('/v1/verify', { reference, index: 'children' })
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(await answer.json()).not.toHaveProperty('verified')
  })

  test('gives up on slow ones after a time that is bounded for all together', async () => {
    let seconds = 0
    const started = new Date('2030-01-02T03:04:05Z').getTime()
    const api = await createTestApi({
      now: () => new Date(started + seconds * 1000),
      intercept({ url }) {
        if (url.includes('/referrers/')) seconds += 20
        return undefined
      },
    })
    const children = [await pushChild(api), await pushChild(api), await pushChild(api)]
    const { reference } = await pushIndex(api, children)
    const answer = await api.post('/v1/verify', { reference, index: 'children' })
    expect([answer.status, await answer.json()]).toMatchObject([504, { code: 'registry-timeout' }])
  })
})
