import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createByteRoom } from '../../functions/capacity.ts'
import { readJsonBody, readUnverifiedBytes } from '../../functions/request-body.ts'

const SCHEMA = z.strictObject({ name: z.string().max(5), count: z.int().optional() })
const MAX_BYTES = 100

function request(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  contentType = 'application/json',
): Request {
  return new Request('http://127.0.0.1/', {
    method: 'POST',
    body,
    headers: { 'content-type': contentType },
    duplex: 'half',
  } as RequestInit)
}

describe('request-body', () => {
  test('readJsonBody() gives what the schema reads', async () => {
    expect(
      await readJsonBody(
        request('{"name":"a"}', 'application/json; charset=utf-8'),
        SCHEMA,
        MAX_BYTES,
      ),
    ).toEqual({ name: 'a' })
  })

  test.each(['text/plain', 'application/jsonp', ''])(
    'readJsonBody() refuses content type %j',
    async (type) => {
      await expect(
        readJsonBody(request('{"name":"a"}', type), SCHEMA, MAX_BYTES),
      ).rejects.toMatchObject({ code: 'media-type-unsupported' })
    },
  )

  test.each([
    ['half an object', '{"name":'],
    ['a member twice', '{"name":"a","name":"b"}'],
    ['text behind the value', '{"name":"a"} x'],
    ['nothing', ''],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('readJsonBody() refuses %s', async (_what, body) => {
    await expect(readJsonBody(request(body), SCHEMA, MAX_BYTES)).rejects.toMatchObject({
      code: 'request-invalid',
    })
  })

  test.each([
    ['a wrong type', '{"name":7}', 'Cannot use the request: "name" must be of type string'],
    [
      'a value too long',
      '{"name":"marker-7"}',
      'Cannot use the request: "name" is larger than the limit of 5',
    ],
    [
      'an unknown member',
      '{"name":"a","marker-7":1}',
      'Cannot use the request: the body has a member that is not known',
    ],
    ['no object', '"marker-7"', 'Cannot use the request: the body must be of type object'],
  ])('readJsonBody() names where %s stands and does not echo it', async (_what, body, message) => {
    await expect(readJsonBody(request(body), SCHEMA, MAX_BYTES)).rejects.toMatchObject({
      code: 'request-invalid',
      message,
    })
  })

  test('readJsonBody() stops reading a body of unknown length at the limit', async () => {
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(40))
      },
    })
    await expect(readJsonBody(request(endless), SCHEMA, MAX_BYTES)).rejects.toMatchObject({
      code: 'request-too-large',
    })
    expect(pulled).toBeLessThan(6)
  })
})

test('readUnverifiedBytes() gives the room of a body that stalls back', async () => {
  const room = createByteRoom(10)
  const stalled = new Request('http://api.example.com/', {
    method: 'POST',
    // Its end never comes.
    body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }),
    duplex: 'half',
  } as RequestInit)

  await expect(readUnverifiedBytes(stalled, 100, room, 20)).rejects.toMatchObject({
    code: 'request-invalid',
    message: 'Cannot read the request: its body broke off',
  })
  const next = new Request('http://api.example.com/', { method: 'POST', body: '0123456789' })
  expect(await readUnverifiedBytes(next, 100, room, 20_000)).toHaveLength(10)
})
