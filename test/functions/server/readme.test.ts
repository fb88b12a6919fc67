import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  ANONYMOUS_PERIOD_SECONDS,
  MAX_CONCURRENCY,
  MAX_CONCURRENT_SIGN,
  MAX_CONCURRENT_VERIFY,
} from '../../../functions/limits.ts'
import { METRICS, type MetricDeclaration } from '../../../functions/metrics/declarations.ts'
import { CLOSE_GRACE_MS } from '../../../functions/server/listening.ts'
import { MAX_QUEUED_SPANS } from '../../../functions/server/traces/limits.ts'

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const README = read('functions/server/README.md')

describe('functions/server/README.md', () => {
  test('lists every metric as it is declared, and no other', () => {
    const rows = Object.entries<MetricDeclaration>(METRICS).map(
      ([name, { type, labels, help }]) => {
        const shown = labels.map((label) => `\`${label}\``).join(', ')
        return `| \`${name}\` | ${type} | ${shown} | ${help} |`
      },
    )
    expect(README.split('\n').filter((line) => line.startsWith('| `stm_notary_'))).toEqual(rows)
  })

  test('has the limits of the code', () => {
    expect(README).toContain(`1 to ${MAX_CONCURRENCY} | ${MAX_CONCURRENT_SIGN} |`)
    expect(README).toContain(`1 to ${MAX_CONCURRENCY} | ${MAX_CONCURRENT_VERIFY} |`)
    expect(README).toContain(`within ${CLOSE_GRACE_MS / 1000} s`)
    expect(README).toContain(`At most ${MAX_QUEUED_SPANS} wait`)
  })

  test('names every variable of OpenTelemetry that is read', () => {
    const source = read('functions/server/traces/trace-settings.ts')
    const names = source.match(/OTEL_[A-Z_]+[A-Z]/g) ?? []
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) expect(README).toContain(name)
  })
})

test('wrangler.toml counts anonymous requests in the period that refusals name', () => {
  const [, period] = /simple = \{ limit = \d+, period = (\d+) \}/.exec(read('wrangler.toml')) ?? []
  expect(Number(period)).toBe(ANONYMOUS_PERIOD_SECONDS)
})
