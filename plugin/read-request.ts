// The request, from stdin by its descriptor: process.stdin would load several modules, which takes a tenth of
// an empty Node's life.

import { NotationError } from '../shared/errors.ts'

/** Notary signing input is a few KiB; notation's own limit on what a plugin may write is 64 MiB. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024
const STDIN = 0
const CHUNK_BYTES = 64 * 1024
/** A pipe that has nothing at the moment is asked again after this. */
const READ_PAUSE_MS = 1

/**
 * Reads stdin to its end.
 *
 * @param received - what was read of it before
 * @throws {NotationError} `request-too-large` as soon as there is a byte too many; `request-invalid` when it cannot
 *   be read; `signer-timeout` when it does not end in time
 */
export async function readStdin(received: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new NotationError(
          'signer-timeout',
          `Cannot read the request: stdin did not end in ${timeoutMs} ms`,
        ),
      )
    }, timeoutMs)
  })
  try {
    return await Promise.race([readToEnd(received), timeout])
  } finally {
    clearTimeout(timer)
  }
}

async function readToEnd(received: Uint8Array): Promise<Uint8Array> {
  const parts = [received]
  let { length } = received
  for (;;) {
    const part = await readPart()
    if (part.length === 0) return Buffer.concat(parts)
    length += part.length
    if (length > MAX_REQUEST_BYTES)
      throw new NotationError(
        'request-too-large',
        `Cannot read the request: it has more than ${MAX_REQUEST_BYTES} bytes`,
      )
    parts.push(part)
  }
}

function readPart(): Promise<Uint8Array> {
  const fs = process.getBuiltinModule('node:fs')
  const buffer = new Uint8Array(CHUNK_BYTES)
  return new Promise((resolve, reject) => {
    const read = (): void => {
      fs.read(STDIN, buffer, 0, CHUNK_BYTES, null, (error, count) => {
        if (error === null) return resolve(buffer.subarray(0, count))
        // Windows tells the end of a pipe this way.
        if (error.code === 'EOF') return resolve(buffer.subarray(0, 0))
        if (error.code === 'EAGAIN') return setTimeout(read, READ_PAUSE_MS)
        return reject(
          new NotationError(
            'request-invalid',
            `Cannot read the request from stdin (${error.code})`,
          ),
        )
      })
    }
    read()
  })
}
