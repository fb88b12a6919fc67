import { describe, expect, test } from 'vitest'
import { limitFetch } from '../../functions/anonymous-access.ts'
import { MAX_ANONYMOUS_REGISTRY_REQUESTS } from '../../functions/limits.ts'
import { createTestApi, image, REPOSITORY } from '../support/api.ts'
import { OCI_INDEX, pushChild, pushIndex } from '../support/image-indexes.ts'

/** A registry whose lists of referrers never end, once they are asked for with `isEndless`. */
async function endlessApi() {
  const state = { isEndless: false }
  const api = await createTestApi({
    publicRepositories: [REPOSITORY],
    intercept(request) {
      const { pathname } = new URL(request.url)
      if (!state.isEndless || !pathname.includes('/referrers/')) return
      const headers = { 'content-type': OCI_INDEX, link: `<${pathname}?last=x>; rel="next"` }
      return new Response('{"schemaVersion":2,"manifests":[]}', { headers })
    },
  })
  const children = [await pushChild(api), ...(await Promise.all([...'abcdefghijk'].map(unsigned)))]
  const { reference } = await pushIndex(api, children)
  state.isEndless = true
  return { api, reference }

  function unsigned() {
    return pushChild(api, {}, { isSigned: false })
  }
}

describe('requests without a token', () => {
  test('cause a bounded number of requests to the registry, and are told to send one', async () => {
    const { api, reference } = await endlessApi()
    const before = api.asked.length
    const answer = await api.post('/v1/verify', { reference, index: 'children' }, null)
    expect([answer.status, await answer.json()]).toMatchObject([
      401,
      {
        code: 'caller-unauthenticated',
        detail:
          'Cannot look at all of it without a token: it takes more than 210 requests to the registry; send a token that grants "verify" for the repository, or ask for less',
      },
    ])
    expect(api.asked.length - before).toBe(MAX_ANONYMOUS_REGISTRY_REQUESTS)
  })

  test('are the only ones that are bounded so', async () => {
    const { api, reference } = await endlessApi()
    const before = api.asked.length
    const answer = await api.post('/v1/verify', { reference, index: 'children' })
    expect([answer.status, await answer.json()]).toMatchObject([200, { verified: false }])
    expect(api.asked.length - before).toBeGreaterThan(MAX_ANONYMOUS_REGISTRY_REQUESTS)
  })

  test('have room for one image with its signatures', async () => {
    const api = await createTestApi({ publicRepositories: [REPOSITORY] })
    const { reference } = await image(api)
    expect((await api.post('/v1/verify', { reference }, null)).status).toBe(200)
  })
})

describe('limitFetch()', () => {
  test('counts the calls of each fetch by itself', async () => {
    const fetch = async () => new Response()
    const spent = limitFetch(fetch)
    for (let call = 0; call < MAX_ANONYMOUS_REGISTRY_REQUESTS; call++)
      await spent('https://registry.test/')
    await expect(spent('https://registry.test/')).rejects.toMatchObject({
      code: 'caller-unauthenticated',
    })
    expect((await limitFetch(fetch)('https://registry.test/')).status).toBe(200)
  })
})
