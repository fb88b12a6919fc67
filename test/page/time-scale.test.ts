import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { positionOf, rowsOf, scaleOf, ticksOf } from '../../functions/page/site/time-scale.js'

const at = (text: string): Date => new Date(text)
const mark = (from: Date, until = from) => ({ kind: 'now' as const, label: '', from, until })
const scaleBetween = (from: Date, until: Date, width = 600) =>
  scaleOf({ chains: [], marks: [mark(from), mark(until)] }, 10, width)
const moments = fc.date({ min: at('1950-01-01'), max: at('9999-12-31'), noInvalidDate: true })

describe('scaleOf()', () => {
  test('holds all of the leaf and all marks, and not all of its issuers', () => {
    const certificate = {
      SHA256Fingerprint: '',
      issuedTo: '',
      issuedBy: '',
      expiry: '',
      notBefore: '',
    }
    const validity = { name: '', role: '', state: 'valid now' as const, certificate }
    const leaf = { ...validity, from: at('2029-01-01'), until: at('2031-01-01') }
    const root = { ...validity, from: at('2000-01-01'), until: at('2050-01-01') }
    const chains = [{ title: '', validities: [leaf, root] }]
    const scale = scaleOf({ chains, marks: [mark(at('2032-01-01'))] }, 10, 600)
    expect(scale.from).toBeLessThan(leaf.from.getTime())
    expect(scale.from).toBeGreaterThan(at('2028-01-01').getTime())
    expect(scale.until).toBeGreaterThan(at('2032-01-01').getTime())
    expect(scale.until).toBeLessThan(at('2033-01-01').getTime())
  })

  test('gives a single moment some days', () => {
    const { from, until } = scaleBetween(at('2030-01-02'), at('2030-01-02'))
    expect(until - from).toBeGreaterThan(86_400_000)
  })

  test('leaves out what is no moment', () => {
    const scale = scaleOf({ chains: [], marks: [mark(at('none')), mark(at('2030-01-02'))] }, 0, 100)
    expect(Number.isFinite(scale.from) && Number.isFinite(scale.until)).toBe(true)
  })
})

describe('positionOf()', () => {
  test('puts any moment on the line, the later further right', () => {
    fc.assert(
      fc.property(moments, moments, moments, moments, (a, b, c, d) => {
        const scale = scaleBetween(a, b)
        const [left, right] = c <= d ? [c, d] : [d, c]
        const [x, y] = [positionOf(scale, left), positionOf(scale, right)]
        expect(x).toBeGreaterThanOrEqual(10)
        expect(x).toBeLessThanOrEqual(y)
        expect(y).toBeLessThanOrEqual(610)
      }),
    )
  })
})

describe('ticksOf()', () => {
  test.each([
    ['2030-01-02', '2030-01-08', ['2 Jan 30', '3 Jan 30']],
    ['2029-03-01', '2032-02-29', ['Jul 2029', 'Jan 2030']],
    ['2021-06-01', '2046-04-28', ['2025', '2030']],
  ])('writes dates between %s and %s', (from, until, first) => {
    const labels = ticksOf(scaleBetween(at(from), at(until))).map(({ label }) => label)
    expect(labels.slice(0, 2)).toEqual(first)
  })

  test('writes years before 1000 and after 9999 too', () => {
    const far = new Date('+012000-01-01T00:00:00Z')
    expect(ticksOf(scaleBetween(at('0001-01-01'), far)).map(({ label }) => label)).toContain('5000')
  })

  test('has one to some for any stretch of time, in order and with room for each', () => {
    fc.assert(
      fc.property(moments, moments, fc.integer({ min: 280, max: 1200 }), (a, b, width) => {
        const [from, until] = a <= b ? [a, b] : [b, a]
        const places = ticksOf(scaleBetween(from, until, width)).map(({ x }) => x)
        expect(places.length).toBeLessThan(width / 60 + 1)
        for (const [index, x] of places.entries())
          if (index > 0) expect(x - (places[index - 1] ?? 0)).toBeGreaterThan(55)
      }),
    )
  })
})

describe('rowsOf()', () => {
  test('lets no two texts of a row touch, and takes no row without need', () => {
    const texts = fc.array(
      fc.record({ x: fc.integer({ min: 0, max: 500 }), width: fc.integer({ min: 1, max: 200 }) }),
    )
    fc.assert(
      fc.property(texts, (placed) => {
        const rows = rowsOf(placed)
        for (const [i, a] of placed.entries())
          for (const [j, b] of placed.entries())
            if (i < j && rows[i] === rows[j])
              expect(a.x + a.width < b.x || b.x + b.width < a.x).toBe(true)
        expect(new Set(rows).size).toBe(Math.max(-1, ...rows) + 1)
      }),
    )
    expect(
      rowsOf([
        { x: 0, width: 10 },
        { x: 5, width: 10 },
        { x: 20, width: 10 },
      ]),
    ).toEqual([0, 1, 0])
  })
})
