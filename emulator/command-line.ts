// The emulator's command line: what can be said, what it means, and the help that says so.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Fault, parseFaults } from './faults.ts'
import { DEFAULT_HOST, DEFAULT_PORTS } from './ports.ts'
import { PROFILES, type ProfileName, parseProfile } from './profiles.ts'
import { DEFAULT_REVOCATION_PORT } from './responder-plan.ts'
import { REVOCATION_METHODS, type RevocationMethod } from './responders.ts'
import { SetupError } from './setup-error.ts'
import { DEFAULT_SEED, type EmulatorOptions } from './start.ts'

const OPTIONS = {
  state: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'tsa-port': { type: 'string' },
  'control-port': { type: 'string' },
  'revocation-port': { type: 'string' },
  'no-revocation': { type: 'boolean' },
  'revocation-methods': { type: 'string' },
  'public-url': { type: 'string' },
  san: { type: 'string', multiple: true },
  profile: { type: 'string', multiple: true },
  faults: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The text of --help. */
export const HELP = `Emulates DigiCert Software Trust Manager, a timestamp authority and revocation responders.
For tests only.

Usage: npm run emulator -- [options]

  --state DIR          keep keys, certificates and credentials in DIR, and write there what
                       clients read: env, env.ps1, env.json, client.p12, ca.pem,
                       signing-root.pem, tsa-root.pem. Without it they live in a temporary
                       folder that is removed at the end
  --host ADDRESS       where all but the control API listen (${DEFAULT_HOST})
  --port N             port of the API, HTTPS (${DEFAULT_PORTS.api})
  --tsa-port N         port of the timestamp authority, HTTP (${DEFAULT_PORTS.tsa})
  --control-port N     port of the control API, HTTP, this machine only (${DEFAULT_PORTS.control})
                       0 picks a free port
  --revocation-port N  port of the OCSP responders and CRLs, HTTP (${DEFAULT_REVOCATION_PORT}). Certificates
                       name it, so a state folder keeps it
  --no-revocation      certificates name no OCSP responders and CRLs, and there are none
  --revocation-methods LIST
                       what certificates name: ocsp, crl, or ocsp,crl (ocsp,crl)
  --public-url URL     what certificates name as the base of the responders' URLs
                       (http://localhost:PORT)
  --san NAME           one more DNS name or IP address in the API's certificate; repeatable
  --profile NAME       behave differently; repeatable, or several with commas between them:
${profileLines()}
  --faults FILE        a JSON list of faults; emulator/README.md describes them
  --seed N             seed of the randomness behind a fault's share (${DEFAULT_SEED})
  -h, --help           print this

One line a request goes to standard error. SIGINT and SIGTERM end it, running requests finish.
`

/** What a command line asks for. */
export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'start'; readonly options: EmulatorOptions }

/**
 * Reads the arguments behind the script's name, and the file that --faults names.
 *
 * @throws {SetupError}
 */
export function parseCommandLine(argv: readonly string[]): Command {
  const values = parseOptions(argv)
  if (values.help === true) return { command: 'help' }
  const numbers = {
    port: parseNumber('port', values.port, 65_535),
    tsaPort: parseNumber('tsa-port', values['tsa-port'], 65_535),
    controlPort: parseNumber('control-port', values['control-port'], 65_535),
    revocation: values['no-revocation'] !== true,
    revocationPort: parseNumber('revocation-port', values['revocation-port'], 65_535),
    seed: parseNumber('seed', values.seed, 2 ** 32 - 1),
  }
  const given = {
    ...numbers,
    stateDir: values.state,
    host: values.host,
    san: values.san,
    publicUrl: values['public-url'],
    revocationMethods: parseMethods(values['revocation-methods']),
    profile: values.profile === undefined ? undefined : profileNames(values.profile),
    faults: values.faults === undefined ? undefined : readFaults(values.faults),
  }
  const options = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as EmulatorOptions
  return { command: 'start', options }
}

function parseOptions(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false }).values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SetupError(`Cannot read the command line: ${reason}; see --help`, { cause })
  }
}

function profileNames(values: readonly string[]): readonly ProfileName[] {
  return [...parseProfile(values.join(','))]
}

function parseNumber(
  option: string,
  value: string | undefined,
  atMost: number,
): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,10}$/.test(value) && Number(value) <= atMost) return Number(value)
  throw new SetupError(
    `Cannot read the command line: --${option} is ${JSON.stringify(value)}, wanted a whole number from 0 to ${atMost}`,
  )
}

function parseMethods(value: string | undefined): readonly RevocationMethod[] | undefined {
  if (value === undefined) return undefined
  const names = value.split(',')
  const methods = REVOCATION_METHODS.filter((method) => names.includes(method))
  if (methods.length === names.length) return methods
  throw new SetupError(
    `Cannot read the command line: --revocation-methods is ${JSON.stringify(value)}, wanted ocsp, crl or ocsp,crl`,
  )
}

function readFaults(file: string): readonly Fault[] {
  try {
    return parseFaults(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    if (cause instanceof SetupError) throw new SetupError(`${cause.message}, in ${file}`, { cause })
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SetupError(`Cannot read faults from ${file}: ${reason}`, { cause })
  }
}

function profileLines(): string {
  return Object.entries(PROFILES)
    .map(
      ([name, effect]) => `                         ${name}\n                           ${effect}`,
    )
    .join('\n')
}
