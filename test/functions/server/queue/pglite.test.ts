import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { createPgBossEngine } from '../../../../functions/server/queue/pg-boss-engine.ts'
import { openPgliteDatabase } from '../../../../functions/server/queue/pglite-database.ts'
import { describeEngine } from '../../../signing-engine/suite.ts'
import { nodeCrypto } from '../../../support/node-crypto.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signing-queue-'))
})
afterAll(() => rm(folder, { recursive: true }))

describeEngine('PGlite', async (handlers) => {
  const engine = await createPgBossEngine({
    ...handlers,
    database: await openPgliteDatabase(folder),
    concurrency: 8,
    crypto: nodeCrypto,
    now: () => new Date(),
    log: (event, details) => console.error(event, details),
  })
  engine.start()
  return { engine, close: engine.close }
})
