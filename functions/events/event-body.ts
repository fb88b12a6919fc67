// The body of an event: read once, with a bound, and given as the bytes that came, which HMACs are over.

import { NotationError } from '../../shared/errors.ts'
import type { ByteRoom } from '../capacity.ts'
import { MAX_DRAINED_EVENT_BYTES, MAX_EVENT_BYTES } from '../limits.ts'
import { readBodyBytes, readUnverifiedBytes } from '../request-body.ts'

/** How a body is read. */
export interface BodyReading {
  /** Whether a body that is too long is read further, and forgotten, before it is refused. */
  readonly drains: boolean
  /** Room that it takes while it comes, where it is read before its sender is known. */
  readonly room: ByteRoom | undefined
}

/** Makes what reads the body, at the first call. */
export function createBodyReader(request: Request, how: BodyReading): () => Promise<Uint8Array> {
  let reading: Promise<Uint8Array> | undefined
  return () => {
    reading ??= readBody(request, how)
    return reading
  }
}

/** @throws {NotationError} `request-too-large` | `request-invalid` when it breaks off | `too-busy` */
async function readBody(request: Request, { drains, room }: BodyReading): Promise<Uint8Array> {
  if (room !== undefined) return readUnverifiedBytes(request, MAX_EVENT_BYTES, room)
  const bytes = await readBodyBytes(request, drains ? MAX_DRAINED_EVENT_BYTES : MAX_EVENT_BYTES)
  if (bytes.length <= MAX_EVENT_BYTES) return bytes
  throw new NotationError(
    'request-too-large',
    `Cannot read the request: its body is longer than ${MAX_EVENT_BYTES} bytes`,
  )
}
