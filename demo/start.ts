// npm start, and npm run dev:node, dev:deno and dev:worker, which differ in what the API runs on: brings the
// local stack up, prints what to paste for the notation CLI, and stays until it is told to end.

import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DEFAULT_REVOCATION_PORT } from '../emulator/responder-plan.ts'
import { SetupError } from '../emulator/setup-error.ts'
import type { StartApi } from './api/start-api.ts'
import { pushImage } from './image.ts'
import { pasteLines } from './paste-lines.ts'
import { isPortFree } from './port-check.ts'
import { REPOSITORY, SELF_SIGNING_REPOSITORY, type StackPorts, startStack } from './stack.ts'

const PROJECT = resolve(import.meta.dirname, '..')

/** What the API can run on. Loaded when wanted: Miniflare is not among the packages of npm start. */
const RUNTIMES: Readonly<Record<string, () => Promise<StartApi>>> = {
  node: async () => (await import('./api/in-process.ts')).startApiInProcess,
  deno: async () => (await import('./api/on-deno.ts')).startApiOnDeno,
  worker: async () => (await import('./api/on-workerd.ts')).startApiOnWorkerd,
}

/** Each listener's flag and fixed port. */
const PORT_FLAGS = {
  emulator: { flag: 'stm-port', port: 18_443 },
  timestamp: { flag: 'tsa-port', port: 18_080 },
  control: { flag: 'control-port', port: 18_090 },
  revocation: { flag: 'revocation-port', port: undefined },
  registry: { flag: 'registry-port', port: 18_500 },
  api: { flag: 'api-port', port: 18_600 },
} as const satisfies Record<keyof StackPorts, { flag: string; port: number | undefined }>

const HELP = `npm start -- [options]

Brings up the local stack on the loopback interface and keeps it: the emulated Software Trust Manager, its
timestamp authority, OCSP responders and CRLs, a registry in memory, and the API. Ctrl-C ends it.

  --runtime NAME       what the API runs on: ${Object.keys(RUNTIMES).join(', ')} (default: node)
  --state DIR          credentials, keys and roots are kept here (default: .cache/stack)
${Object.entries(PORT_FLAGS)
  .map(
    ([listener, { flag, port }]) =>
      `  --${`${flag} N`.padEnd(18)} ${listener} (default: ${port ?? `${DEFAULT_REVOCATION_PORT}, or what the state names`}; 0 picks a free port)`,
  )
  .join('\n')}
  --verbose            also print one line per request to the emulator and per decision of the API (stderr)
  --help               this text
`

try {
  await main()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  fail(error.message)
}

async function main(): Promise<void> {
  const options = readOptions()
  if (options === undefined) return
  const taken = await findTakenPort(options.ports)
  if (taken !== undefined) return fail(taken)
  const folder = resolve(options.state)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const log = (line: string): void => {
    if (options.verbose) process.stderr.write(`${line}\n`)
  }
  const stack = await startStack(folder, options.ports, log, await options.loadApi(), true)
  const end = (): void => {
    stack.close().then(
      () => process.exit(0),
      (error: unknown) => fail(`Cannot end in order: ${String(error)}`),
    )
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const image = await pushImage(stack.registry.host, REPOSITORY, 'v1')
  const lines = [
    `Software Trust Manager (emulated)  ${stack.emulator.url}`,
    `Timestamp authority                ${stack.emulator.tsaUrl}`,
    `Emulator's control port            ${stack.emulator.controlUrl}`,
    `OCSP responders and CRLs           ${stack.emulator.revocationUrl ?? 'none: the state was made without'}`,
    `Registry (in memory)               ${stack.registry.host}`,
    `API                                ${stack.api.url}`,
    `Page, the image's verdict          ${stack.api.url}/#${new URLSearchParams({ reference: image.reference })}`,
    `Images that sign themselves        ${stack.registry.host}/${SELF_SIGNING_REPOSITORY}`,
    `State                              ${folder}`,
    '',
    'To sign and verify with the notation CLI, paste:',
    '',
    ...pasteLines(stack, PROJECT, image),
    '',
    'Ready. Ctrl-C ends it.',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function findTakenPort(ports: StackPorts): Promise<string | undefined> {
  for (const [listener, { flag }] of Object.entries(PORT_FLAGS)) {
    const port = ports[listener as keyof StackPorts]
    if (port !== undefined && port !== 0 && !(await isPortFree(port))) {
      return `Cannot start: port ${port} is in use; name another with --${flag}, or 0 to have one picked`
    }
  }
  return undefined
}

interface Options {
  readonly loadApi: () => Promise<StartApi>
  readonly state: string
  readonly verbose: boolean
  readonly ports: StackPorts
}

function readOptions(): Options | undefined {
  const portOptions = Object.values(PORT_FLAGS).map(
    ({ flag }) => [flag, { type: 'string' }] as const,
  )
  try {
    const { values } = parseArgs({
      options: {
        runtime: { type: 'string', default: 'node' },
        state: { type: 'string', default: join(PROJECT, '.cache', 'stack') },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        ...Object.fromEntries(portOptions),
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return undefined
    }
    const loadApi = readRuntime(values.runtime)
    return { loadApi, state: values.state, verbose: values.verbose, ports: readPorts(values) }
  } catch (error) {
    fail(
      `${error instanceof Error ? error.message : String(error)}\nnpm start -- --help lists the options`,
    )
    return undefined
  }
}

function readRuntime(name: string): Options['loadApi'] {
  const load = Object.hasOwn(RUNTIMES, name) ? RUNTIMES[name] : undefined
  if (load !== undefined) return load
  throw new Error(`Cannot start: --runtime is none of ${Object.keys(RUNTIMES).join(', ')}`)
}

function readPorts(values: Readonly<Record<string, unknown>>): StackPorts {
  const entries = Object.entries(PORT_FLAGS).map(([listener, { flag, port }]) => {
    const text = values[flag]
    if (text === undefined) return [listener, port]
    if (typeof text === 'string' && /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535)
      return [listener, Number(text)]
    throw new Error(`Cannot start: --${flag} is not a port number from 0 to 65535`)
  })
  return Object.fromEntries(entries) as StackPorts
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
