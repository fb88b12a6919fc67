// What the API and the emulator wrote of signing, read from their files: a pipe would make them wait for its reader.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Signatures that the API made by its rules, so far. */
export interface SigningLog {
  /** When each was made, in milliseconds since 1970, by the digest of the image. */
  readonly signedAtMs: ReadonlyMap<string, number>
  /** Attempts that failed, with their codes. */
  readonly failures: readonly string[]
  /** Waits until all of these are signed. @throws {Error} when nothing was signed for long */
  readonly waitFor: (digests: readonly string[], pollMs: number) => Promise<void>
}

/** Requests to Software Trust Manager, so far. */
export interface StmRequests {
  readonly sign: number
  readonly all: number
}

const PATIENCE_MS = 60_000
const CHUNK_BYTES = 64 * 1024

/** Follows the API's log. @param file - there already */
export function followSigning(file: string): SigningLog {
  const signedAtMs = new Map<string, number>()
  const failures: string[] = []
  const readLines = followLines(file)
  const take = (): void => {
    for (const line of readLines().filter((text) => text.includes('"sign-by-rule"'))) {
      const { time, outcome, artifactDigest } = JSON.parse(line)
      if (outcome !== 'done') failures.push(outcome)
      else if (signedAtMs.has(artifactDigest)) failures.push('signed twice')
      else signedAtMs.set(artifactDigest, Date.parse(time))
    }
  }
  return {
    signedAtMs,
    failures,
    async waitFor(digests, pollMs) {
      let lastChange = Date.now()
      for (let missing = digests; missing.length > 0; ) {
        await wait(pollMs)
        take()
        const left = missing.filter((digest) => !signedAtMs.has(digest))
        if (left.length < missing.length) lastChange = Date.now()
        if (Date.now() - lastChange > PATIENCE_MS)
          throw new Error(`Cannot measure: ${left.length} images are not signed: ${failures}`)
        missing = left
      }
    },
  }
}

/** Counts what the emulator's journal holds. */
export function countStmRequests(journal: string): StmRequests {
  const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1)
  const asked = lines.filter((line) => !/ (timestamp|ocsp|crl) \d+ /.test(line))
  return { sign: asked.filter((line) => / sign \d+ /.test(line)).length, all: asked.length }
}

function followLines(file: string): () => readonly string[] {
  const handle = openSync(file, 'r')
  process.once('exit', () => closeSync(handle))
  const buffer = Buffer.alloc(CHUNK_BYTES)
  let text = ''
  return () => {
    for (;;) {
      const count = readSync(handle, buffer)
      if (count === 0) break
      text += buffer.toString('latin1', 0, count)
    }
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    return lines
  }
}
