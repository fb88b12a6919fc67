import { expect, it } from 'vitest'
import { forgetDays, takeOfDay } from '../../../../functions/worker/queue/day-budgets.ts'
import { TABLES } from '../../../../functions/worker/queue/directory-tables.ts'
import { createObjectStorage } from './object-storage.ts'

const [YESTERDAY, TODAY] = ['2026-01-01', '2026-01-02']
const BUDGET = 'rule:all'

function createTables() {
  const storage = createObjectStorage()
  storage.sql.exec(TABLES)
  return storage
}

it('takeOfDay() gives as much as there is, each token its own', () => {
  const { sql } = createTables()
  const take = (token: string, budget = BUDGET) => takeOfDay(sql, budget, TODAY, 2, token)

  expect(['one', 'two', 'three', 'one'].map((token) => take(token))).toEqual([
    true,
    true,
    false,
    true,
  ])
  expect(take('three', 'rotation')).toBe(true)
  expect(takeOfDay(sql, BUDGET, '2026-01-03', 2, 'three')).toBe(true)
})

it('takeOfDay() reads one row, however many were taken before', () => {
  const { sql, read } = createTables()
  for (let i = 0; i < 100; i += 1) takeOfDay(sql, BUDGET, TODAY, 1000, `token ${i}`)
  read.length = 0
  takeOfDay(sql, BUDGET, TODAY, 1000, 'another')
  expect(read).toEqual([{ taken: 100 }])
})

it('forgetDays() forgets days that are over, of every budget, and no other', () => {
  const { sql, count } = createTables()
  for (const budget of [BUDGET, 'rotation'])
    for (const day of [YESTERDAY, TODAY]) takeOfDay(sql, budget, day, 1, 'token')

  expect([1, 2, 3].map(() => forgetDays(sql, TODAY))).toEqual(['more', 'more', 'kept'])
  expect([count('budget'), count('budget_day')]).toEqual([2, 2])
  expect(takeOfDay(sql, BUDGET, TODAY, 1, 'another')).toBe(false)
  expect([1, 2, 3].map(() => forgetDays(sql, '2026-01-03'))).toEqual(['more', 'more', 'empty'])
  expect([count('budget'), count('budget_day')]).toEqual([0, 0])
})

it('forgetDays() forgets a long day part by part', () => {
  const { sql, count } = createTables()
  takeOfDay(sql, BUDGET, YESTERDAY, 1, 'token')
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10005)'
  sql.exec(`${numbers} INSERT INTO budget SELECT '${BUDGET}', '${YESTERDAY}', i FROM n`)

  expect(forgetDays(sql, TODAY)).toBe('more')
  expect([count('budget'), count('budget_day')]).toEqual([6, 1])
  expect(forgetDays(sql, TODAY)).toBe('more')
  expect([count('budget'), count('budget_day')]).toEqual([0, 0])
  expect(forgetDays(sql, TODAY)).toBe('empty')
})
