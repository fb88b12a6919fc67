import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../../../functions/server/queue/database.ts'
import { openPgliteDatabase } from '../../../../functions/server/queue/pglite-database.ts'
import { createSubjectLeases } from '../../../../functions/server/queue/subject-leases.ts'
import type { Subjects } from '../../../../functions/server/queue/subject-lines.ts'
import { createTables } from '../../../../functions/server/queue/tables.ts'
import { stateOf, subjectOf } from '../../../signing-engine/subjects.ts'

const KEY = 'subject'
let folder: string
let database: Database
let machine: Subjects
let other: Subjects
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leases-'))
  database = await openPgliteDatabase(folder)
  await createTables(database)
  machine = createSubjectLeases(database, () => {})
  other = createSubjectLeases(database, () => {})
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const state = (updatedAt: string) => stateOf(subjectOf(1), updatedAt)

it('hold() refuses a write of an actor whose lease another machine has taken', async () => {
  const first = machine.hold(KEY, async (store) => {
    await store.write(state('first'))
    // As after a pause in which no renewal came through.
    await database.executeSql(
      "UPDATE notation_signing.subject SET lease_until = now() - interval '1 second'",
    )
    await other.hold(KEY, (taken) => taken.write(state('second')))
    await store.write(state('too late'))
  })

  await expect(first).rejects.toMatchObject({
    code: 'queue-unavailable',
    message: 'Cannot store the state: another worker has taken the artifact over; try again',
  })
  expect(await machine.hold(KEY, (store) => store.read())).toEqual(state('second'))
})

it('hold() lets a second machine wait until the first is done', async () => {
  const order: string[] = []
  let letGo = (): void => {}
  const first = machine.hold('busy', async () => {
    await new Promise<void>((resolve) => {
      letGo = resolve
    })
    order.push('first')
  })
  const second = other.hold('busy', async () => {
    order.push('second')
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  letGo()
  await Promise.all([first, second])

  expect(order).toEqual(['first', 'second'])
})
