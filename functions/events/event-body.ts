// The body of an event: read once, with a bound, and given as the bytes that came, which HMACs are over.

import { NotationError } from '../../shared/errors.ts'
import { MAX_DRAINED_EVENT_BYTES, MAX_EVENT_BYTES } from '../limits.ts'
import { readBodyBytes } from '../request-body.ts'

/**
 * Makes what reads the body, at the first call.
 *
 * @param drains - whether a body that is too long is read further, and forgotten, before it is refused
 */
export function createBodyReader(request: Request, drains: boolean): () => Promise<Uint8Array> {
  let reading: Promise<Uint8Array> | undefined
  return () => {
    reading ??= readBody(request, drains)
    return reading
  }
}

/** @throws {NotationError} `request-too-large` | `request-invalid` when it breaks off */
async function readBody(request: Request, drains: boolean): Promise<Uint8Array> {
  const bytes = await readBodyBytes(request, drains ? MAX_DRAINED_EVENT_BYTES : MAX_EVENT_BYTES)
  if (bytes.length <= MAX_EVENT_BYTES) return bytes
  throw new NotationError(
    'request-too-large',
    `Cannot read the request: its body is longer than ${MAX_EVENT_BYTES} bytes`,
  )
}
