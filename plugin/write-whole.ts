// Output by descriptor, complete before the process may end: process.stdout writes to a pipe later, and loads
// several modules.

/** A pipe that does not take more at the moment is asked again after this. */
const PAUSE_MS = 1

/** Writes a text whole before it returns. A reader that went away is nobody's concern. */
export function writeWhole(descriptor: 1 | 2, text: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const bytes = Buffer.from(text, 'utf8')
  for (let written = 0; written < bytes.length; ) {
    try {
      written += fs.writeSync(descriptor, bytes, written)
    } catch (cause) {
      if (codeOf(cause) !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
