import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { METRICS, type MetricDeclaration } from '../../../functions/metrics/declarations.ts'
import { LEVEL_TIMEOUT_MS, MAX_SERIES } from '../../../functions/metrics/limits.ts'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'

const REQUESTS = 'stm_notary_requests_total'
const DURATION = 'stm_notary_request_duration_seconds'
const IN_FLIGHT = 'stm_notary_requests_in_flight'

/** Lines of one metric, without its head. */
const linesOf = (text: string, name: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith(name))

describe('METRICS', () => {
  test.each(Object.entries<MetricDeclaration>(METRICS))(
    '%s is named and described as Prometheus wants it',
    (name, { type, help, labels, buckets }) => {
      expect(name).toMatch(/^stm_notary_[a-z_]+$/)
      expect(name.endsWith('_total')).toBe(type === 'counter')
      expect(help).toMatch(/^[A-Z].*\.$/)
      for (const label of labels) expect(label).toMatch(/^[a-z]+$/)
      expect(labels).not.toContain('le')
      expect(buckets !== undefined).toBe(type === 'histogram')
      expect(buckets ?? []).toEqual((buckets ?? []).toSorted((a, b) => a - b))
    },
  )
})

describe('createMetricsRegistry()', () => {
  test('count() adds up by labels', async () => {
    const metrics = createMetricsRegistry()
    metrics.count(REQUESTS, { operation: 'sign', outcome: 'done' })
    metrics.count(REQUESTS, { outcome: 'done', operation: 'sign' }, 2)
    metrics.count(REQUESTS, { operation: 'sign', outcome: 'key-unknown' })
    expect(linesOf(await metrics.render(), REQUESTS)).toEqual([
      `${REQUESTS}{operation="sign",outcome="done"} 3`,
      `${REQUESTS}{operation="sign",outcome="key-unknown"} 1`,
    ])
  })

  test('render() shows the head of each metric, and counters without labels from the start', async () => {
    const text = await createMetricsRegistry().render()
    for (const [name, { type, help }] of Object.entries(METRICS))
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`)
    expect(text).toContain('\nstm_notary_signatures_total 0\n')
    expect(text.endsWith('\n')).toBe(true)
  })

  test('observe() fills every bucket that holds the value', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 120, noNaN: true })), async (values) => {
        const metrics = createMetricsRegistry()
        metrics.observe(DURATION, { operation: 'verify' }, 1)
        for (const value of values) metrics.observe(DURATION, { operation: 'verify' }, value)
        const all = [1, ...values]
        const text = await metrics.render()
        for (const bound of METRICS[DURATION].buckets) {
          const count = all.filter((value) => value <= bound).length
          expect(text).toContain(`${DURATION}_bucket{operation="verify",le="${bound}"} ${count}\n`)
        }
        expect(text).toContain(`_bucket{operation="verify",le="+Inf"} ${all.length}\n`)
        expect(text).toContain(`${DURATION}_count{operation="verify"} ${all.length}\n`)
        const sum = all.reduce((total, value) => total + value, 0)
        expect(Number(/_sum\{[^}]*\} (\S+)/.exec(text)?.[1])).toBeCloseTo(sum, 6)
      }),
      { numRuns: 30 },
    ))

  test('begin() raises a level until it is ended, once', async () => {
    const metrics = createMetricsRegistry()
    const labels = { operation: 'sign' }
    const end = metrics.begin(IN_FLIGHT, labels)
    metrics.begin(IN_FLIGHT, labels)
    expect(await metrics.render()).toContain(`${IN_FLIGHT}{operation="sign"} 2\n`)
    end()
    end()
    expect(await metrics.render()).toContain(`${IN_FLIGHT}{operation="sign"} 1\n`)
  })

  test('read() is asked with each scrape, and adds to what was begun', async () => {
    const metrics = createMetricsRegistry()
    let level = 4
    metrics.begin(IN_FLIGHT, { operation: 'sign' })
    metrics.read(IN_FLIGHT, { operation: 'sign' }, async () => level)
    expect(await metrics.render()).toContain(`${IN_FLIGHT}{operation="sign"} 5\n`)
    level = 7
    expect(await metrics.render()).toContain(`${IN_FLIGHT}{operation="sign"} 8\n`)
  })

  test('render() leaves out a level that cannot be read, and shows the rest', async () => {
    const metrics = createMetricsRegistry()
    metrics.count(REQUESTS, { operation: 'sign', outcome: 'done' })
    metrics.read(IN_FLIGHT, { operation: 'sign' }, () => Promise.reject(new Error('away')))
    metrics.read(IN_FLIGHT, { operation: 'verify' }, () => 1)
    const text = await metrics.render()
    expect(linesOf(text, IN_FLIGHT)).toEqual([`${IN_FLIGHT}{operation="verify"} 1`])
    expect(text).toContain(`${REQUESTS}{operation="sign",outcome="done"} 1\n`)
  })

  test('render() waits for no level longer than its limit', async () => {
    vi.useFakeTimers()
    try {
      const metrics = createMetricsRegistry()
      metrics.read(IN_FLIGHT, { operation: 'sign' }, () => new Promise<number>(() => {}))
      const rendered = metrics.render()
      await vi.advanceTimersByTimeAsync(LEVEL_TIMEOUT_MS)
      expect(linesOf(await rendered, IN_FLIGHT)).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  test('escapes what a label holds', async () => {
    const metrics = createMetricsRegistry()
    metrics.begin(IN_FLIGHT, { operation: 'a"b\\c\nd' })
    expect(await metrics.render()).toContain(`${IN_FLIGHT}{operation="a\\"b\\\\c\\nd"} 1\n`)
  })

  test('keeps no more than so many values of labels', async () => {
    const metrics = createMetricsRegistry()
    for (let i = 0; i < MAX_SERIES + 5; i++)
      metrics.count(REQUESTS, { operation: `${i}`, outcome: 'done' })
    expect(linesOf(await metrics.render(), REQUESTS)).toHaveLength(MAX_SERIES)
  })
})
