// The thread of PGlite: takes bytes of PostgreSQL's protocol, gives back those that answer them.

import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { FromThread, ToThread } from './pglite-stream.ts'

if (parentPort === null) throw new Error('Cannot run PGlite: this is no thread')
const port = parentPort
const pglite = await PGlite.create(String(workerData))
const answer = (message: FromThread): void => {
  port.postMessage(message, message instanceof Uint8Array ? [message.buffer as ArrayBuffer] : [])
}

let last: Promise<void> = Promise.resolve()
port.on('message', (message: ToThread) => {
  // An error goes to whoever started the thread, and ends it.
  last = last.then(() => take(message))
})
answer('ready')

async function take(message: ToThread): Promise<void> {
  if (message !== 'close') return answer(await pglite.execProtocolRaw(message))
  await pglite.close()
  answer('closed')
}
