import { describe, expect, test } from 'vitest'
import { createByteRoom, createCapacity } from '../../functions/capacity.ts'
import { createTestApi, image, REGISTRY, REPOSITORY, TOKEN } from '../support/api.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`
const DESCRIPTOR = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: DIGEST,
  size: 1,
}
const artifactReference = `${REGISTRY}/${REPOSITORY}@${DIGEST}`
const envelope = { mediaType: 'application/cose', envelope: 'AA==' }

/** What takes room, by its load. */
const REQUESTS = [
  ['sign', '/v1/sign', { artifactReference, descriptor: DESCRIPTOR, keyId: 'my-key' }],
  ['verify', '/v1/verify', { artifactReference, descriptor: DESCRIPTOR, signature: envelope }],
  ['verify', '/v1/inspect', { signature: envelope }],
] as const

describe('createCapacity()', () => {
  test('run() refuses what has no room, with a time, and gives room back whatever happens', async () => {
    const capacity = createCapacity({ sign: 1, verify: 1, wait: 1 })
    const release = Promise.withResolvers<void>()
    const running = capacity.run('sign', () => release.promise)
    await expect(capacity.run('sign', async () => {})).rejects.toMatchObject({
      code: 'too-busy',
      retryAfterSeconds: 2,
    })
    expect(await capacity.run('verify', async () => 'done')).toBe('done')
    release.reject(new Error('failed'))
    await expect(running).rejects.toThrow('failed')
    expect(await capacity.run('sign', async () => 'done')).toBe('done')
  })
})

describe('the API', () => {
  test.each(REQUESTS)('has limited room to %s by %s', async (load, path, body) => {
    const capacity = createCapacity({ sign: 1, verify: 1, wait: 1 })
    const api = await createTestApi({ capacity })
    const release = Promise.withResolvers<void>()
    const running = capacity.run(load, () => release.promise)
    const answer = await api.post(path, body)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await answer.json()).toMatchObject({ code: 'too-busy', title: 'Too Many Requests' })
    expect(api.audit.at(-1)).toMatchObject({ caller: 'ci', outcome: 'too-busy' })
    release.resolve()
    await running
    expect((await api.post(path, body)).status).not.toBe(429)
  })

  test('a body that does not come takes no room', async () => {
    const api = await createTestApi({ capacity: createCapacity({ sign: 1, verify: 1, wait: 1 }) })
    const { reference } = await image(api)
    const unsent = new ReadableStream({ start: () => {} })
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: unsent, duplex: 'half' }
    void api.request('/v1/verify', init)
    expect((await api.post('/v1/verify', { reference })).status).toBe(200)
  })
})

test('createByteRoom() gives no more than there is, and again what was given back', () => {
  const room = createByteRoom(10)
  room.take(6)
  expect(() => room.take(5)).toThrow('the server does as much of this at once as it may')
  room.take(4)
  room.give(6)
  room.take(5)
})
