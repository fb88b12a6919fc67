import { afterAll, beforeAll } from 'vitest'
import { createPgBossEngine } from '../../../../functions/server/queue/pg-boss-engine.ts'
import { openPostgresDatabase } from '../../../../functions/server/queue/postgres-database.ts'
import { describeEngine } from '../../../signing-engine/suite.ts'
import { nodeCrypto } from '../../../support/node-crypto.ts'
import { startPostgres, type TestPostgres } from '../../../support/postgres.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres.close())

describeEngine('PostgreSQL', async (handlers) => {
  const engine = await createPgBossEngine({
    ...handlers,
    database: await openPostgresDatabase(postgres.url),
    concurrency: 8,
    crypto: nodeCrypto,
    now: () => new Date(),
    log: (event, details) => console.error(event, details),
  })
  engine.start()
  return { engine, close: engine.close }
})
