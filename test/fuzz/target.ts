// What is fuzzed, and how one input is judged: an outcome or a refusal with a code, in time.

import { type ErrorCode, isNotationError } from '../../shared/errors.ts'
import { createRandom, type Random } from './random.ts'

/** One input, ready to be put to what it is for. */
export interface Attempt {
  readonly input: Uint8Array
  /** Any outcome will do; what must not be is thrown, as an error that is no NotationError. */
  run(): unknown
}

/** A reader with what is put to it. */
export interface Target {
  readonly name: string
  /** Which codes its refusals carry. Anything else that is thrown is a failure. */
  readonly codes: readonly ErrorCode[]
  make(random: Random): Attempt
}

/** An input that must not do what it does. */
export interface Failure {
  readonly label: string
  readonly reason: string
  readonly input: Uint8Array
}

/** What became of an input. */
export type Outcome = 'accepted' | 'refused' | Failure

/** Usual inputs take less than 5 ms; a machine with much else to do may take a hundred times as long. */
const MAX_INPUT_MS = 3000

/** Puts one input, made by the seed and the index, to its target. */
export async function runInput(target: Target, seed: number, index: number): Promise<Outcome> {
  const { input, run } = target.make(createRandom(seed, target.name, index))
  const label = `${target.name}:${index}`
  const started = performance.now()
  const outcome = await outcomeOf(run, target.codes)
  const elapsedMs = Math.round(performance.now() - started)
  if (elapsedMs > MAX_INPUT_MS) return { label, input, reason: `it took ${elapsedMs} ms` }
  return typeof outcome === 'string' ? outcome : { label, input, ...outcome }
}

async function outcomeOf(
  run: () => unknown,
  codes: readonly ErrorCode[],
): Promise<'accepted' | 'refused' | Pick<Failure, 'reason'>> {
  try {
    await run()
    return 'accepted'
  } catch (error) {
    if (codes.length > 0 && isNotationError(error, ...codes)) return 'refused'
    return { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
