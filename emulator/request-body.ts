// Request bodies, read up to a limit. Hono's own limit puts a new Request around the old one, which
// @hono/node-server's requests refuse unless it may replace the process's global Request.

/** Refusals of a body close the connection: what is still coming on it would be read as the next request. */
export const CLOSE_CONNECTION = { connection: 'close' } as const

/** The whole body; undefined as soon as it is known to be larger, by its announced length or by counting. */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined
  const body = new Uint8Array(maxBytes)
  let length = 0
  for await (const chunk of request.body ?? []) {
    if (length + chunk.length > maxBytes) return undefined
    body.set(chunk, length)
    length += chunk.length
  }
  return body.subarray(0, length)
}
