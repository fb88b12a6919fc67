// PGlite in a thread of its own, as a stream that node-postgres speaks to as to a socket: whatever PGlite computes,
// this thread goes on answering.

import { on, once } from 'node:events'
import { Duplex } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { concatBytes } from '../../../shared/bytes.ts'

/** Bytes of the protocol, or the end. */
export type ToThread = Uint8Array | 'close'
/** Bytes of the protocol, or what has come to pass. */
export type FromThread = Uint8Array | 'ready' | 'closed'

/** A PGlite that runs. */
export interface PgliteThread {
  /** Of the one session that it has. */
  readonly openStream: () => Duplex
  /** When the session's stream has ended. */
  readonly close: () => Promise<void>
}

/**
 * Starts it.
 *
 * @param folder - where its files are, or will be
 * @param onFailure - told when the thread ends by itself: nothing can be asked of it any more
 * @throws {Error} what PGlite throws when it cannot open the folder
 */
export async function startPglite(
  folder: string,
  onFailure: (failure: Error) => void,
): Promise<PgliteThread> {
  const worker = new Worker(new URL('./pglite-thread.ts', import.meta.url), { workerData: folder })
  // Rejects with the thread's error.
  await once(worker, 'message')
  let failure: Error | undefined
  worker.on('error', (error: Error) => {
    failure = new Error(`PGlite has ended: ${error.message}`, { cause: error })
    onFailure(failure)
  })
  return {
    openStream: () => streamOf(worker, failure),
    async close() {
      if (failure !== undefined) return
      const messages = on(worker, 'message')
      const close: ToThread = 'close'
      worker.postMessage(close)
      for await (const [message] of messages) if (message === 'closed') break
      // Ended from here: Deno's threads have no way to end themselves once they listen.
      await worker.terminate()
    },
  }
}

/** @param failure - why the thread has ended, if it has */
function streamOf(worker: Worker, failure: Error | undefined): Duplex {
  const stream = new Duplex({
    read() {},
    write: (bytes: Uint8Array, _, done) => {
      send(worker, [bytes])
      done()
    },
    // What node-postgres writes for one statement is one message.
    writev: (chunks, done) => {
      send(
        worker,
        chunks.map(({ chunk }) => chunk),
      )
      done()
    },
    final: (done) => {
      stream.push(null)
      done()
    },
  })
  worker.on('message', (message: FromThread) => {
    if (message instanceof Uint8Array)
      stream.push(Buffer.from(message.buffer, message.byteOffset, message.byteLength))
  })
  worker.once('error', (error: Error) => stream.destroy(error))
  // What node-postgres calls of a socket.
  return Object.assign(stream, {
    setNoDelay() {},
    ref() {},
    unref() {},
    connect() {
      if (failure !== undefined) stream.destroy(failure)
      else process.nextTick(() => stream.emit('connect'))
    },
  })
}

/** In memory of their own, which is handed over: a view of more would be copied with all of it. */
function send(worker: Worker, chunks: readonly Uint8Array[]): void {
  const bytes = concatBytes(...chunks)
  worker.postMessage(bytes, [bytes.buffer as ArrayBuffer])
}
