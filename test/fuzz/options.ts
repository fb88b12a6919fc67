// The command line of a run.

import { parseArgs } from 'node:util'

/** What a run does. */
export interface RunOptions {
  /** For all targets together. */
  readonly inputs: number
  /** Signatures that are altered, signed again and put to notation-go. */
  readonly resigned: number
  readonly seed: number
  /** One input to run again, as a failure names it. */
  readonly only: { readonly target: string; readonly index: number } | undefined
  /** A signature that an earlier run wrote, to be judged again. */
  readonly file: string | undefined
  readonly isHelp: boolean
}

export const HELP = `Usage: npm run fuzz -- [options]

  --inputs N           inputs for all readers together; 100000 unless given
  --resigned N         signatures altered and signed again, judged by notation-go as well; none
                       unless given. Needs "npm run peers"
  --seed N             another seed makes other inputs; 1 unless given
  --only target:index  runs one input again, and prints it in hexadecimal. "resigned:index" makes a
                       signature again but for its keys, which are new in each run
  --case FILE          judges again a signature that a run has written to .cache/findings/, with its keys
  --help               prints this`

const DEFAULTS = { inputs: '100000', resigned: '0', seed: '1' } as const

/** Reads the command line; throws a RangeError that names the option. */
export function parseOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: 'string', default: DEFAULTS.inputs },
      resigned: { type: 'string', default: DEFAULTS.resigned },
      seed: { type: 'string', default: DEFAULTS.seed },
      only: { type: 'string' },
      case: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    inputs: parseCount('--inputs', values.inputs),
    resigned: parseCount('--resigned', values.resigned),
    seed: parseCount('--seed', values.seed),
    only: values.only === undefined ? undefined : parseLabel(values.only),
    file: values.case,
    isHelp: values.help,
  }
}

function parseLabel(text: string) {
  const [target = '', index = ''] = text.split(':')
  return { target, index: parseCount('--only', index) }
}

/** As large as the state of the generator takes. */
function parseCount(option: string, text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count < 2 ** 32) return count
  throw new RangeError(
    `Cannot run: ${option} has ${JSON.stringify(text)}, wanted a number below 2^32`,
  )
}
