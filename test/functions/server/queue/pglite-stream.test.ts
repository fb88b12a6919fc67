import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPgliteDatabase } from '../../../../functions/server/queue/pglite-database.ts'
import { startPglite } from '../../../../functions/server/queue/pglite-stream.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pglite-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('startPglite() rejects where its files cannot be', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(startPglite(join(file, 'below'), () => {})).rejects.toThrow()
})

it('a PGlite that has ended says so, and refuses each connection with the reason', async () => {
  const failures: string[] = []
  const pglite = await startPglite(join(folder, 'data'), ({ message }) => failures.push(message))
  const stream = pglite.openStream()
  // A start without a user ends a session, and PGlite has but one.
  stream.write(Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]))
  await once(stream, 'error')
  expect(failures).toEqual([expect.stringMatching(/^PGlite has ended: /)])

  const client = new pg.Client({ user: 'postgres', stream: pglite.openStream })
  await expect(client.connect()).rejects.toThrow('PGlite has ended')
  await pglite.close()
})

it('statements that fail leave the next ones alone', async () => {
  const { executeSql, transaction, close } = await openPgliteDatabase(folder)
  await expect(executeSql('BEGIN; SELECT 1 / 0; COMMIT')).rejects.toThrow('division by zero')
  await expect(executeSql('SELECT $1::int / 0 AS failed', [1])).rejects.toThrow('division by zero')
  const work = transaction(async (statements) => {
    await statements.executeSql('CREATE TABLE made (value int)')
    throw new Error('after all not')
  })
  await expect(work).rejects.toThrow('after all not')
  const { rows } = await executeSql("SELECT to_regclass('made') AS made")
  expect(rows).toEqual([{ made: null }])
  await close()
})
