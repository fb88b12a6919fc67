// A long run, from the command line. Exit status 1 when an input did what it must not.

import { HELP, parseOptions, type RunOptions } from './options.ts'
import { createRandom } from './random.ts'
import { type Failure, type Outcome, runInput, type Target } from './target.ts'
import { createTargets } from './targets.ts'

const PROGRESS_EVERY_MS = 5000

await main()

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.isHelp) return console.log(HELP)
  const failures = options.only === undefined ? await runTargets(options) : await runOnly(options)
  for (const { label, reason, input } of failures) {
    console.log(`\nFAILED ${label} (--seed ${options.seed} --only ${label}): ${reason}`)
    console.log(Buffer.from(input).toString('hex'))
  }
  process.exitCode = failures.length === 0 ? 0 : 1
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
