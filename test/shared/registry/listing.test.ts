// Listings: page by page, to an end.

import { expect, it } from 'vitest'
import { createRegistry, type Registry } from '../../../shared/registry/client.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { type Scripted, scriptedFetch } from './scripted-fetch.ts'

const TAGS = 'GET https://r.example/v2/a/tags/list?n=100'
const CATALOGUE = 'GET https://r.example/v2/_catalog?n=100'

function registry(script: Readonly<Record<string, Scripted>>): Registry {
  const { fetch } = scriptedFetch(script)
  return createRegistry({ host: 'r.example', plainHttp: false, fetch, crypto: webCrypto })
}

function page(body: unknown, link?: string): Response {
  return Response.json(body, { headers: link === undefined ? {} : { link } })
}

it('listTags() gives a page, and where the next one begins', async () => {
  const { listTags } = registry({
    [TAGS]: page({ tags: ['a', 'b'] }, '</v2/a/tags/list?n=100&last=b>; rel="next"'),
    [`${TAGS}&last=b`]: page({ tags: null }),
  })
  expect(await listTags('a', undefined)).toEqual({ names: ['a', 'b'], last: 'b' })
  expect(await listTags('a', 'b')).toEqual({ names: [], last: undefined })
})

it('listTags() refuses a page that leads to itself', async () => {
  const link = '</v2/a/tags/list?n=100&last=b>; rel="next"'
  const { listTags } = registry({ [`${TAGS}&last=b`]: page({ tags: ['a', 'b'] }, link) })
  await expect(listTags('a', 'b')).rejects.toMatchObject({
    code: 'registry-answer-invalid',
    message: 'Cannot list the tags of "a": the page after "b" leads to itself',
  })
})

it('listTags() refuses an answer without a list of texts', async () => {
  for (const body of [{ tags: [1] }, { tags: 'a' }, []])
    await expect(registry({ [TAGS]: page(body) }).listTags('a', undefined)).rejects.toMatchObject({
      code: 'registry-answer-invalid',
      message: 'Cannot list the tags of "a": its answer has no list "tags"',
    })
})

it.each([404, 405])(
  'listRepositories() gives nothing where the catalogue is %i',
  async (status) => {
    const { listRepositories } = registry({ [CATALOGUE]: new Response(null, { status }) })
    expect(await listRepositories(undefined)).toBeUndefined()
  },
)
