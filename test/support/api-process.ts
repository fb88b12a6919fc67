// The API as a process of the test's own, with an environment that holds nothing but what is given.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How the process ended, and what it wrote. */
export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The API in a process. */
export interface ApiProcess {
  /** Settles with the URL that it says it listens on; rejects when it ends before. */
  readonly url: Promise<string>
  readonly ended: Promise<Ended>
  /** Lines of the log so far. */
  lines(): readonly Readonly<Record<string, unknown>>[]
  signal(name: NodeJS.Signals): void
}

/** A folder for the files of a test, which is also the process's home. */
export interface ApiFolder {
  readonly path: string
  /** Writes a file, text or JSON; gives its path. */
  write(name: string, content: string | Uint8Array | object): Promise<string>
  start(environment?: Readonly<Record<string, string>>): ApiProcess
  /** Ends what still runs and removes the folder. */
  close(): Promise<void>
}

const FUNCTIONS = join(import.meta.dirname, '..', '..', 'functions')
/** "node functions/node.ts". */
const ON_NODE = [process.execPath, join(FUNCTIONS, 'node.ts')] as const

/** Where Node keeps what it compiled; it says nothing to the API. */
const { NODE_COMPILE_CACHE } = process.env
const COMPILED = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }

/** What starts the API on Deno, offline and with what it needs allowed. @param deno - its binary */
export function onDeno(deno: string): readonly [string, ...string[]] {
  return [deno, 'run', '--no-prompt', '--allow-all', '--cached-only', join(FUNCTIONS, 'deno.ts')]
}

/** Creates a folder; nothing of the user's own configuration is seen from it. */
export async function createApiFolder([program, ...args]: readonly [
  string,
  ...string[],
] = ON_NODE): Promise<ApiFolder> {
  const path = await mkdtemp(join(tmpdir(), 'api-'))
  const children: ChildProcess[] = []
  return {
    path,
    async write(name, content) {
      const file = join(path, name)
      const isText = typeof content === 'string' || content instanceof Uint8Array
      await writeFile(file, isText ? content : JSON.stringify(content))
      return file
    },
    start(environment = {}) {
      const env = { ...COMPILED, HOME: path, XDG_CONFIG_HOME: path, PORT: '0', ...environment }
      const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      children.push(child)
      return observe(child)
    },
    async close() {
      const running = children.filter(
        ({ exitCode, signalCode }) => (exitCode ?? signalCode) === null,
      )
      for (const child of running) child.kill('SIGKILL')
      await Promise.all(running.map((child) => once(child, 'close')))
      await rm(path, { recursive: true })
    },
  }
}

function observe(child: ChildProcess): ApiProcess {
  const output = { stdout: '', stderr: '' }
  let announce: (url: string) => void = () => {}
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      const url = lines().find(({ event }) => event === 'listening')?.url
      if (typeof url === 'string') announce(url)
    })
  const lines = (): readonly Readonly<Record<string, unknown>>[] =>
    output.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, ...output }))
  const url = new Promise<string>((resolve, reject) => {
    announce = resolve
    ended.then(({ stderr }) => reject(new Error(`The API ended: ${stderr}`)))
  })
  url.catch(() => {})
  return { url, ended, lines, signal: (name) => child.kill(name) }
}
