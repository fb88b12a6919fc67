// The API in a process of its own, on whatever runs it there.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ApiSurroundings, StartedApi } from './start-api.ts'

/** An API that answers from its own process. */
export interface ApiInChildProcess extends StartedApi {
  /** The process's id; undefined once the system has none for it. */
  readonly pid: number | undefined
}

/**
 * Starts `program` with these arguments and the API's variables, and waits until it says where it listens.
 *
 * @param name - of the runtime, for the message
 * @throws {Error} when the process ends before
 */
export async function startApiInChildProcess(
  name: string,
  [program, ...args]: readonly [string, ...string[]],
  { environment }: Pick<ApiSurroundings, 'environment'>,
  log: (line: string) => void,
): Promise<ApiInChildProcess> {
  const env = { ...process.env, ...environment }
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const url = await new Promise<string>((resolve, reject) => {
    ended.then(([code]) =>
      reject(new Error(`${name} ended with status ${code}, it says why above`)),
    )
    const lines = createInterface({ input: child.stdout }).on('line', log)
    const listen = (line: string): void => {
      const { event, url: announced } = JSON.parse(line) as { event?: unknown; url?: unknown }
      if (event !== 'listening') return
      resolve(String(announced))
      lines.off('line', listen)
    }
    lines.on('line', listen)
  })
  return {
    url,
    pid: child.pid,
    async close() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
