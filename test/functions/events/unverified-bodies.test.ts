// Bodies of senders that only the whole body can show: anybody's are read, so there is room for so many bytes.

import { expect, test } from 'vitest'
import { createByteRoom } from '../../../functions/capacity.ts'
import { SOURCE_TYPES } from '../../../functions/events/source-types.ts'
import { BUSY_RETRY_SECONDS } from '../../../functions/limits.ts'
import {
  authenticated,
  authSettings,
  createEventApi,
  DIGEST,
  genericEvent,
  source,
} from '../../support/events.ts'

const EVENT = genericEvent([{ repository: 'team/app', digest: DIGEST }], {})
const LENGTH = EVENT.body.length

/** A body whose end comes when it is let. */
function slowBody(bytes: number) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new Uint8Array(bytes))
      await ended
      controller.close()
    },
  })
  return { body, end }
}

async function createApi(method: 'hmac' | 'bearer') {
  const unverifiedBytes = createByteRoom(2 * LENGTH)
  const { api, send, looks } = await createEventApi([source({ auth: authSettings(method) })], {
    unverifiedBytes,
  })
  const begin = (body: ReadableStream) =>
    api.request('/v1/events/main', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': 'sha256=00' },
      body,
      duplex: 'half',
    } as RequestInit)
  const sendEvent = async () => {
    const { path, request } = authenticated(method, SOURCE_TYPES.generic, EVENT)
    return send(path, request)
  }
  return { begin, sendEvent, looks }
}

test('a body that only it can show the sender of is refused where others have taken the room', async () => {
  const { begin, sendEvent, looks } = await createApi('hmac')
  const { body, end } = slowBody(LENGTH + 1)
  const slow = begin(body)
  await new Promise((resolve) => setImmediate(resolve))

  const refused = await sendEvent()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([
    429,
    String(BUSY_RETRY_SECONDS),
  ])
  expect(await refused.json()).toMatchObject({ code: 'too-busy' })

  end()
  expect((await slow).status).toBe(401)
  expect((await sendEvent()).status).toBe(202)
  expect(looks).toHaveLength(1)
})

test('a sender that its head shows keeps its room', async () => {
  const { begin, sendEvent } = await createApi('bearer')
  const { body, end } = slowBody(2 * LENGTH)
  const slow = begin(body)
  await new Promise((resolve) => setImmediate(resolve))

  expect((await sendEvent()).status).toBe(202)
  end()
  expect((await slow).status).toBe(401)
})
