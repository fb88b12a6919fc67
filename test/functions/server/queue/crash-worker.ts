// A process with an engine on PGlite: performs tasks, tells of each on stdout, and can be killed.
// Arguments: the folder, and how many tasks it enqueues before it begins.

import { setTimeout as wait } from 'node:timers/promises'
import { createPgBossEngine } from '../../../../functions/server/queue/pg-boss-engine.ts'
import { openPgliteDatabase } from '../../../../functions/server/queue/pglite-database.ts'
import { webCrypto } from '../../../../shared/web-crypto.ts'
import { lookAt, stateOf, subjectOf } from '../../../signing-engine/subjects.ts'

/** So that a kill meets some. */
const TASK_MS = 20

const [folder = '', count = '0'] = process.argv.slice(2)
const engine = await createPgBossEngine({
  database: await openPgliteDatabase(folder),
  concurrency: 4,
  crypto: webCrypto,
  now: () => new Date(),
  log: (event, details) => console.error(event, details),
  async actor(_, { subject, store }) {
    const before = await store.read()
    await wait(TASK_MS)
    const performed = Number(before?.updatedAt ?? 0) + 1
    await store.write(stateOf(subject, String(performed)))
    console.log(`performed ${subject.digest} ${performed} ${process.pid}`)
    return { kind: 'looked', outcome: { kind: 'settled', followUps: [] } }
  },
  async perform(task, attempt, self) {
    if (task.kind !== 'look' || task.digest === undefined) throw new Error('no look')
    const { registry, repository, digest } = task
    const reply = await self.ask(
      { registry, repository, digest },
      { kind: 'look', look: task, attempt },
    )
    if (reply.kind !== 'looked') throw new Error('no look')
    return reply.outcome
  },
})
await engine.enqueue(
  Array.from({ length: Number(count) }, (_, i) => ({ task: lookAt(subjectOf(i)) })),
)
console.log('enqueued')
engine.start()
process.once('SIGTERM', async () => {
  await engine.close()
  process.exit(0)
})
