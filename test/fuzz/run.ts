// A long run, from the command line. Exit status 1 when an input did what it must not, or we verified what notation-go
// refuses. An input of a reader is made again by its seed and index. A signature is not, as its keys are new in each run:
// each that only we verify, that notation-go does not return on, or that we refuse for a reason nobody has explained, is
// written to .cache/findings/, whole, and `npm run fuzz -- --case <file>` puts it to both again.

import { existsSync } from 'node:fs'
import { peerPath } from '../peers/peers.ts'
import { compareVerdicts, findingsOf, makeCase, RESIGNED } from './compare.ts'
import { formatComparison } from './comparison-text.ts'
import { type Finding, judgeFinding, readFinding, writeFinding } from './finding.ts'
import { HELP, parseOptions, type RunOptions } from './options.ts'
import { createRandom } from './random.ts'
import { type Failure, type Outcome, runInput, type Target } from './target.ts'
import { createTargets } from './targets.ts'

const PROGRESS_EVERY_MS = 5000

await main()

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.isHelp) return console.log(HELP)
  const { seed, resigned, only, file } = options
  if (file !== undefined) return await printVerdicts(readFinding(file))
  console.log(`${new Date().toISOString()} seed ${seed}`)
  if (only?.target === RESIGNED) return await printVerdicts(makeCase(seed, only.index))
  const failures = only === undefined ? await runTargets(options) : await runOnly(options)
  for (const { label, reason, input } of failures) {
    console.log(`\nFAILED ${label} (--seed ${seed} --only ${label}): ${reason}`)
    console.log(Buffer.from(input).toString('hex'))
  }
  const isWorse = only === undefined && resigned > 0 && (await runResigned(options))
  process.exitCode = failures.length > 0 || isWorse ? 1 : 0
}

/** True where we verified what notation-go refuses. */
async function runResigned(options: RunOptions): Promise<boolean> {
  let toldAt = performance.now()
  const found = await compareVerdicts(requiredJudge(), options, (compared) => {
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
    toldAt = performance.now()
    console.log(`  … ${RESIGNED}:${compared}`)
  })
  console.log(`\n${formatComparison(found)}`)
  for (const finding of findingsOf(found, options.seed)) console.log(writeFinding(finding))
  return found.lenient.length > 0
}

/** Exit status 1 where we alone verify it. */
async function printVerdicts(finding: Finding): Promise<void> {
  const { ours, theirs } = await judgeFinding(requiredJudge(), finding)
  console.log(JSON.stringify(finding, undefined, 2))
  console.log(`ours: ${ours.isVerified ? 'verified' : ours.reason}`)
  console.log(`notation-go's: ${theirs ?? 'verified'}`)
  process.exitCode = ours.isVerified && theirs !== null ? 1 : 0
}

function requiredJudge(): string {
  const path = peerPath('judge')
  if (existsSync(path)) return path
  throw new Error('Cannot compare: there is no judge, "npm run peers" builds it')
}

async function runOnly({ seed, only }: RunOptions): Promise<readonly Failure[]> {
  const target = createTargets().find(({ name }) => name === only?.target)
  if (target === undefined || only === undefined)
    throw new RangeError(`Cannot run: there is no target "${only?.target}"`)
  const { input } = target.make(createRandom(seed, target.name, only.index))
  console.log(Buffer.from(input).toString('hex'))
  const outcome = await runInput(target, seed, only.index)
  console.log(typeof outcome === 'string' ? outcome : outcome.reason)
  return failuresOf([outcome])
}

/** One target after the other, so that the line of progress names the one that hangs. */
async function runTargets({ inputs, seed }: RunOptions): Promise<readonly Failure[]> {
  const targets = createTargets()
  const each = Math.ceil(inputs / targets.length)
  const failures: Failure[] = []
  for (const target of targets) failures.push(...(await runTarget(target, each, seed)))
  console.log(`\n${each * targets.length} inputs, seed ${seed}: ${failures.length} failures`)
  return failures
}

async function runTarget(target: Target, inputs: number, seed: number) {
  const counts = { accepted: 0, refused: 0 }
  const failures: Failure[] = []
  const started = performance.now()
  let toldAt = started
  for (let index = 0; index < inputs; index++) {
    const outcome = await runInput(target, seed, index)
    if (typeof outcome === 'string') counts[outcome]++
    else failures.push(outcome)
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) continue
    toldAt = performance.now()
    console.log(`  … ${target.name}:${index}`)
  }
  const seconds = (performance.now() - started) / 1000
  console.log(
    `${target.name}: ${counts.accepted} accepted, ${counts.refused} refused, ${failures.length} failures, ${Math.round(inputs / seconds)}/s`,
  )
  return failures
}

function failuresOf(outcomes: readonly Outcome[]): readonly Failure[] {
  return outcomes.filter((outcome) => typeof outcome !== 'string')
}
