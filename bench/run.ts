// Runs the benches named on the command line, or all of them, and prints each promise with what was
// measured. Exit status 1 when a ratio is missed.
//
//   node bench/run.ts [--images 1000] [--long] [NAME…]

import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { BenchOptions, Ratio } from './ratio.ts'

const { values, positionals: wanted } = parseArgs({
  options: { images: { type: 'string' }, long: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const images = values.images === undefined ? {} : { images: Number(values.images) }
const options: BenchOptions = { ...images, isLong: values.long }
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.bench.ts'))
const names = files.map((file) => file.slice(0, -'.bench.ts'.length))
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0)
  throw new Error(`Cannot run bench ${unknown.join(', ')}: there are ${names.join(', ')}`)

let missed = 0
for (const name of names.filter((candidate) => wanted.length === 0 || wanted.includes(candidate))) {
  console.log(`\n${name}`)
  const { run }: { run: (options: BenchOptions) => Promise<readonly Ratio[]> } = await import(
    `./${name}.bench.ts`
  )
  for (const row of await run(options)) {
    const { subject, baseline, unit = 'ms' } = row
    const holds = row.ratio <= row.atMost
    if (!holds) missed++
    console.log(
      `  ${holds ? 'holds ' : 'MISSED'} ${row.name}: ${row.ratio.toFixed(3)} (at most ${row.atMost.toFixed(3)}; ${subject.toFixed(3)} ${unit} / ${baseline.toFixed(3)} ${unit})`,
    )
  }
}
console.log(missed === 0 ? '\nAll ratios hold.' : `\n${missed} ratios missed.`)
process.exitCode = missed === 0 ? 0 : 1
