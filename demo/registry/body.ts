// Request bodies: read whole, up to a limit that is kept while they arrive.

import { OciError } from './oci-error.ts'

/**
 * The body's bytes.
 *
 * @throws {OciError} `SIZE_INVALID` (413) as soon as more than maxBytes are announced or have arrived
 */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

function tooLarge(maxBytes: number): OciError {
  return new OciError(413, 'SIZE_INVALID', `more than ${maxBytes} bytes`)
}
