// What a bench hands to the runner: ratios of two things measured side by side, never times alone. What is no
// matter of speed, as a size, may stand beside its limit.

/** What the command line asks of benches that take long. */
export interface BenchOptions {
  /** Artifacts of the main run, where a bench has such; its own number without. */
  readonly images?: number
  /** Whether minutes are to be spent on what else takes seconds. */
  readonly isLong: boolean
}

/** One promise and what was measured. */
export interface Ratio {
  /** What is compared with what, as "describe-key / node -e 0". */
  readonly name: string
  /** Median of the subject divided by the median of the baseline, runs interleaved. */
  readonly ratio: number
  /** The ratio that must not be exceeded. */
  readonly atMost: number
  /** What was measured, for the reader: medians in milliseconds unless there is another unit. */
  readonly subject: number
  readonly baseline: number
  readonly unit?: string
}

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined)
    throw new RangeError('Cannot take a median of no values')
  return (lower + upper) / 2
}

/**
 * Runs all subjects in turn, round after round, so that a slow moment of the machine meets all alike.
 *
 * @returns median milliseconds of each subject, by its name; the first round is a warm-up and not counted
 */
export async function interleavedMedians<Name extends string>(
  subjects: Readonly<Record<Name, () => void | Promise<void>>>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(subjects) as Name[]
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const start = performance.now()
      await subjects[name]()
      if (round > 0) samples.get(name)?.push(performance.now() - start)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) ?? [])])) as Record<
    Name,
    number
  >
}
