import { expect, it, vi } from 'vitest'
import type { Statements } from '../../../../functions/server/queue/database.ts'
import {
  createPgBossEngine,
  type RunningEngine,
} from '../../../../functions/server/queue/pg-boss-engine.ts'
import { openPostgresDatabase } from '../../../../functions/server/queue/postgres-database.ts'
import type { EngineHandlers } from '../../../../functions/signing/engine.ts'
import { lookAt, subjectOf } from '../../../signing-engine/subjects.ts'
import { describeEngine, until } from '../../../signing-engine/suite.ts'
import { nodeCrypto } from '../../../support/node-crypto.ts'
import { describePostgres } from '../../../support/postgres.ts'

describePostgres('on PostgreSQL', (url) => {
  /** @param machine - the name of its connections */
  async function createEngine(
    handlers: Pick<EngineHandlers, 'actor' | 'perform'>,
    machine: string,
  ): Promise<RunningEngine> {
    return createPgBossEngine({
      ...handlers,
      database: await openPostgresDatabase(`${url()}?application_name=${machine}`),
      concurrency: 8,
      crypto: nodeCrypto,
      now: () => new Date(),
      log: (event, details) => console.error(event, details),
    })
  }

  describeEngine('PostgreSQL', async (handlers) => {
    const engine = await createEngine(handlers, 'alone')
    engine.start()
    return { engine, close: engine.close }
  })

  it('a connection that listens and is cut off is made anew, and misses no notification', async () => {
    const database = await openPostgresDatabase(url())
    const other = await openPostgresDatabase(url())
    const heard: string[] = []
    await database.listen('cut_off', (payload) => heard.push(payload))
    // Whatever came before it listened.
    expect(heard).toEqual([''])
    const listening = "pid FROM pg_stat_activity WHERE query = 'LISTEN cut_off'"
    const { rows } = await other.executeSql(`SELECT pg_terminate_backend(pid), ${listening}`, [])
    expect(rows).toHaveLength(1)

    await vi.waitUntil(() => heard.length === 2, { timeout: 20_000, interval: 20 })
    expect(heard).toEqual(['', ''])
    await other.executeSql("NOTIFY cut_off, 'again'", [])
    await vi.waitUntil(() => heard.length === 3, { timeout: 20_000, interval: 20 })
    expect(heard).toEqual(['', '', 'again'])
    const { rows: now } = await other.executeSql(`SELECT ${listening}`, [])
    expect(now).toHaveLength(1)
    expect(now).not.toEqual(rows.map(({ pid }) => ({ pid })))

    await database.close()
    await vi.waitUntil(
      async () => (await other.executeSql(`SELECT ${listening}`, [])).rows.length === 0,
      { timeout: 20_000, interval: 20 },
    )
    await other.close()
  }, 60_000)

  it('a machine whose listening connection breaks loses no task that another sends meanwhile', async () => {
    const database = await openPostgresDatabase(url())
    let performed = 0
    const actor = (): Promise<never> => Promise.reject(new Error('nobody asks'))
    const perform = async () => {
      performed += 1
      return { kind: 'settled', followUps: [] } as const
    }
    const worker = await createEngine({ actor, perform }, 'worker')
    const sender = await createEngine({ actor, perform }, 'sender')
    worker.start()

    const { rows } = await database.executeSql(`
  SELECT pg_terminate_backend(pid, 5000)
  FROM pg_stat_activity WHERE application_name = 'worker' AND query = 'LISTEN notation_signing_task'`)
    expect(rows).toEqual([{ pg_terminate_backend: true }])
    for (const task of [1, 2, 3]) {
      await sender.enqueue([{ task: lookAt(subjectOf(task)) }])
      await until(() => performed === task)
    }

    await Promise.all([worker.close(), sender.close(), database.close()])
  })

  it.each([
    ['a statement', (run: Statements) => run.executeSql('SELECT pg_sleep(60), 1')],
    [
      'two of a transaction',
      async (run: Statements, cutOff: () => Promise<void>) => {
        await run.executeSql('SELECT pg_sleep(0), 2')
        await cutOff()
        return run.executeSql('SELECT 3')
      },
    ],
  ])(
    'a connection that is cut off in the midst of %s fails that, and nothing else',
    async (_, work) => {
      const database = await openPostgresDatabase(url())
      const other = await openPostgresDatabase(url())
      const cutOff = async (): Promise<void> => {
        await vi.waitUntil(
          async () => {
            const { rows } = await other.executeSql(`
  SELECT pg_terminate_backend(pid, 5000)
  FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()`)
            return rows.length > 0
          },
          { timeout: 20_000, interval: 20 },
        )
      }
      const working = database.transaction((run) => work(run, cutOff))
      working.catch(() => {})
      if (work.length === 1) await cutOff()
      await expect(working).rejects.toThrow()
      expect((await database.executeSql('SELECT 4 AS four')).rows).toEqual([{ four: 4 }])
      await Promise.all([database.close(), other.close()])
    },
  )
})
