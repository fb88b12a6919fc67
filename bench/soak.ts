// A long run: the API on Node under mixed load, while the emulated Software Trust Manager answers 429 and 503 a tenth
// of the time. Whether every request has an answer, no signature is lost or doubled, and memory stays flat.
//
//   node bench/soak.ts [--seconds 60] [--connections 64]
//
// Exit status 1 when something is not so.

import { parseArgs } from 'node:util'
import { runSoak, type SoakReport } from './soak-run.ts'

/** Most resident memory of the run's second half by that of its first. */
const MAX_GROWTH = 1.1

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '64' },
  },
})
const report = await runSoak({
  seconds: Number(values.seconds),
  connections: Number(values.connections),
})
const faults = [...report.violations, ...checkMemory(report)]
print(report)
for (const fault of faults) console.log(`  MISSED ${fault}`)
console.log(faults.length === 0 ? '\nAll holds.' : `\n${faults.length} things do not hold.`)
process.exitCode = faults.length === 0 ? 0 : 1

function print(report: SoakReport): void {
  const { requests, answers, asked, refused, spent, published, residentMib } = report
  console.log(`${requests} requests, each with an answer or told below`)
  for (const [answer, count] of answers) console.log(`  ${answer}: ${count}`)
  console.log(`asked of service and timestamp authority: ${asked}, refused ${refused}`)
  console.log(`signatures: ${spent} made by the service, ${published} in the registry`)
  const shown = residentMib.map((mib) => mib.toFixed(0)).join(' ')
  console.log(`resident memory, MiB by tenths of the run: ${shown}`)
}

/** Flat: a heap finds its size in the first half of the run, and keeps it in the second. */
function checkMemory({ residentMib }: SoakReport): readonly string[] {
  const half = residentMib.length / 2
  const growth = Math.max(...residentMib.slice(half)) / Math.max(...residentMib.slice(0, half))
  const text = `most memory in the second half / in the first: ${growth.toFixed(3)} (at most ${MAX_GROWTH})`
  return growth <= MAX_GROWTH ? [] : [text]
}
