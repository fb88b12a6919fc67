// stdin and the outputs by their descriptors: process.stdin and process.stdout would load several modules,
// which is a tenth of the time that a whole command may take.

import { NotationError } from '../shared/errors.ts'

/** Notary signing input is a few KiB; notation's own limit on what a plugin may write is 64 MiB. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024
const STDIN = 0
const CHUNK_BYTES = 64 * 1024
/** A pipe that does not take more at the moment is asked again after this. */
const WRITE_PAUSE_MS = 1

/**
 * Reads stdin to its end.
 *
 * @throws {NotationError} `request-too-large` as soon as there is a byte too many; `request-invalid` when it cannot
 *   be read; `signer-timeout` when it does not end in time
 */
export async function readStdin(timeoutMs: number): Promise<Uint8Array> {
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
    return await Promise.race([readToEnd(), timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** Writes a text whole before it returns. A reader that went away is nobody's concern. */
export function writeWhole(descriptor: 1 | 2, text: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const bytes = Buffer.from(text, 'utf8')
  for (let written = 0; written < bytes.length; ) {
    try {
      written += fs.writeSync(descriptor, bytes, written)
    } catch (cause) {
      if (codeOf(cause) !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_PAUSE_MS)
    }
  }
}

async function readToEnd(): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
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
        if (error.code === 'EAGAIN') return setTimeout(read, WRITE_PAUSE_MS)
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

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
