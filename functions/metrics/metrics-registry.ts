// Keeps what was measured, in memory, and writes it as Prometheus reads it (text format 0.0.4).

import { METRICS, type MetricDeclaration, type MetricName } from './declarations.ts'
import { LEVEL_TIMEOUT_MS, MAX_SERIES } from './limits.ts'
import type { Metrics } from './metrics.ts'

/** Metrics that can be shown. */
export interface MetricsRegistry extends Metrics {
  /** Everything measured so far, as the body of an answer of METRICS_CONTENT_TYPE. */
  readonly render: () => Promise<string>
}

/** Media type of what `render` gives. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>

/** One line, or one histogram: what a metric is for certain values of its labels. */
interface Series {
  readonly labels: Labels
  /** Count, level, or sum of the values. */
  value: number
  /** Of a histogram: values by bucket, the last is above all bounds. */
  readonly buckets: number[]
  level?: () => number | Promise<number>
}

/** Creates an empty registry. It lives as long as the process: Prometheus takes a counter that falls for a restart. */
export function createMetricsRegistry(): MetricsRegistry {
  const families = new Map<MetricName, Map<string, Series>>()
  const seriesOf = (name: MetricName, labels: Labels): Series =>
    findOrAddSeries(families, name, labels)
  return {
    count(name, labels, by = 1) {
      seriesOf(name, labels).value += by
    },
    observe(name, labels, value) {
      const series = seriesOf(name, labels)
      series.value += value
      const index = bucketIndex(boundsOf(name), value)
      series.buckets[index] = (series.buckets[index] ?? 0) + 1
    },
    read(name, labels, level) {
      seriesOf(name, labels).level = level
    },
    begin(name, labels) {
      const series = seriesOf(name, labels)
      let step = 1
      series.value += step
      return () => {
        series.value -= step
        step = 0
      }
    },
    render: () => render(families),
  }
}

function findOrAddSeries(
  families: Map<MetricName, Map<string, Series>>,
  name: MetricName,
  labels: Labels,
): Series {
  const family = families.get(name) ?? new Map<string, Series>()
  families.set(name, family)
  const key = JSON.stringify(METRICS[name].labels.map((label) => labels[label]))
  const known = family.get(key)
  if (known !== undefined) return known
  const series = { labels, value: 0, buckets: [] }
  // A label that takes any value is a mistake of ours; it must not fill the memory.
  if (family.size < MAX_SERIES) family.set(key, series)
  return series
}

function boundsOf(name: MetricName): readonly number[] {
  const declaration: MetricDeclaration = METRICS[name]
  return declaration.buckets ?? []
}

function bucketIndex(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound)
  return index === -1 ? bounds.length : index
}

async function render(
  families: ReadonlyMap<MetricName, ReadonlyMap<string, Series>>,
): Promise<string> {
  const blocks: string[] = []
  for (const [name, declaration] of Object.entries(METRICS) as [MetricName, MetricDeclaration][]) {
    const { type, help } = declaration
    const family = [...(families.get(name)?.values() ?? startOf(declaration))]
    const lines = await Promise.all(family.map((series) => linesOf(name, declaration, series)))
    blocks.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines.flat())
  }
  return `${blocks.join('\n')}\n`
}

/** A counter without labels is there from the start: only then does its first step show as one. */
function startOf({ type, labels }: MetricDeclaration): readonly Series[] {
  return type === 'counter' && labels.length === 0 ? [{ labels: {}, value: 0, buckets: [] }] : []
}

async function linesOf(
  name: string,
  { type, buckets: bounds = [] }: MetricDeclaration,
  series: Series,
): Promise<readonly string[]> {
  if (type === 'histogram') return histogramLines(name, bounds, series)
  const level = await readLevel(series)
  return level === undefined ? [] : [line(name, series.labels, level)]
}

/** Buckets hold all values up to their bound, as the format wants it. */
function histogramLines(name: string, bounds: readonly number[], series: Series): string[] {
  const { labels, buckets, value: sum } = series
  let total = 0
  const lines = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    total += buckets[index] ?? 0
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound)
    return line(`${name}_bucket`, { ...labels, le }, total)
  })
  return [...lines, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, total)]
}

/** Undefined where it cannot be read: the other metrics are worth an answer without it. */
async function readLevel({ value, level }: Series): Promise<number | undefined> {
  if (level === undefined) return value
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, LEVEL_TIMEOUT_MS, undefined)
  })
  try {
    const read = await Promise.race([level(), timeout])
    return read === undefined ? undefined : value + read
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
