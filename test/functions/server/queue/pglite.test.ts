import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../../functions/server/queue/database.ts'
import {
  createPgBossEngine,
  type RunningEngine,
} from '../../../../functions/server/queue/pg-boss-engine.ts'
import { openPgliteDatabase } from '../../../../functions/server/queue/pglite-database.ts'
import { createTaskQueue } from '../../../../functions/server/queue/task-queue.ts'
import { lookAt, subjectOf } from '../../../signing-engine/subjects.ts'
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

const BACKLOG = 2000

describe('the database of a queue', () => {
  let database: Database
  let engine: RunningEngine
  /** The last statement that asked for a look, and its values. */
  let asked: { readonly text: string; readonly values: unknown[] }

  beforeAll(async () => {
    database = await openPgliteDatabase(folder)
    engine = await createPgBossEngine({
      database: {
        ...database,
        executeSql(text, values = []) {
          if (text.includes('{task,repository}')) asked = { text, values }
          return database.executeSql(text, values)
        },
      },
      actor: () => Promise.reject(new Error('nothing is signed here')),
      perform: async () => ({ kind: 'settled', followUps: [] }),
      concurrency: 1,
      crypto: nodeCrypto,
      now: () => new Date(),
      log: (event, details) => console.error(event, details),
    })
  })
  afterAll(() => engine.close())

  it('a look is found by an index, whatever waits beside it', async () => {
    const tasks = Array.from({ length: BACKLOG }, (_, i) => ({ task: lookAt(subjectOf(i)) }))
    await engine.enqueue(tasks)
    await database.executeSql('ANALYZE')
    expect(await engine.findLook(subjectOf(7), 'v7')).toBe('queued')

    const { rows } = await database.executeSql(`EXPLAIN ${asked.text}`, asked.values)
    const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n')
    expect(plan).toMatch(/Index Cond: .*task,repository.*task,digest/)
    expect(plan).not.toContain('Seq Scan')
  })

  it('tasks of a process that died are all given out again, however many', async () => {
    const queue = createTaskQueue(
      database,
      () => new Date(),
      (error) => console.error(error),
    )
    expect(await queue.fetch(BACKLOG)).toHaveLength(BACKLOG)
    await queue.reclaim()
    expect(await queue.depth()).toMatchObject({ queued: BACKLOG, active: 0 })
  })

  it('states that nothing was heard of for 90 days are forgotten without sweeps, too', async () => {
    await database.executeSql(`INSERT INTO notation_signing.subject (key, state, updated_at) VALUES
    ('old', '{}', now() - interval '91 days'), ('young', '{}', now() - interval '89 days')`)
    await engine.schedule(0, () => Promise.reject(new Error('there is no sweep')))

    const { rows } = await database.executeSql(
      "SELECT key FROM notation_signing.subject WHERE key IN ('old', 'young')",
    )
    expect(rows).toEqual([{ key: 'young' }])
    const planned = await database.executeSql('SELECT name, cron FROM notation_queue.schedule')
    expect(planned.rows).toEqual([{ name: 'signing-clean-up', cron: '0 * * * *' }])
  })
})

it('a folder whose files PGlite cannot open is named, with the setting, and is not held', async () => {
  const damaged = join(folder, 'damaged')
  await mkdir(join(damaged, 'pglite'), { recursive: true })
  await writeFile(join(damaged, 'pglite', 'PG_VERSION'), '9.6\n')
  const expected = new RegExp(
    `^Cannot use the folder ${JSON.stringify(damaged)} of QUEUE_DIR: PGlite cannot open its files \\(.+\\); restore it, or move it away: signatures that stand are found again`,
  )
  await expect(openPgliteDatabase(damaged)).rejects.toThrow(
    expect.objectContaining({
      code: 'configuration-invalid',
      message: expect.stringMatching(expected),
    }),
  )
  await rm(join(damaged, 'pglite'), { recursive: true })
  await (await openPgliteDatabase(damaged)).close()
})
