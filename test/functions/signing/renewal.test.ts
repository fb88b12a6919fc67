import { expect, it } from 'vitest'
import { isRenewalDue } from '../../../functions/signing/renewal.ts'

const DAY = 24 * 3600
const EXPIRES = new Date('2026-06-01T00:00:00Z')
const before = (seconds: number) => new Date(EXPIRES.getTime() - seconds * 1000)

it('isRenewalDue() is true in the last third of a short life', () => {
  expect(isRenewalDue(EXPIRES, 3 * DAY, before(DAY + 1))).toBe(false)
  expect(isRenewalDue(EXPIRES, 3 * DAY, before(DAY))).toBe(true)
  expect(isRenewalDue(EXPIRES, 3 * DAY, before(-DAY))).toBe(true)
})

it('isRenewalDue() is true in the last thirty days of a long life', () => {
  expect(isRenewalDue(EXPIRES, 3650 * DAY, before(30 * DAY + 1))).toBe(false)
  expect(isRenewalDue(EXPIRES, 3650 * DAY, before(30 * DAY))).toBe(true)
})

it('isRenewalDue() is never true of what does not expire', () => {
  expect(isRenewalDue(undefined, 0, EXPIRES)).toBe(false)
})
