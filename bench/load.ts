// Load on an HTTP server by wrk: as many requests as so many connections can make.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What one run of wrk saw. */
export interface Load {
  readonly requests: number
  /** Time of the whole run for each of them: 1000 by requests per second. */
  readonly msPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** How much load. */
export interface LoadOptions {
  readonly connections: number
  readonly seconds: number
  /** Has a JSON body in each line; they are posted in turn. */
  readonly file: string
}

/** A slow answer is measured, not cut off: wrk itself waits 2 s. */
const TIMEOUT = '30s'
const SCRIPT = join(import.meta.dirname, 'post-bodies.lua')

/**
 * Runs wrk with one thread, on the core that this process runs on. Meanwhile this process reads what servers log.
 *
 * @throws {Error} when a request got no answer, or one that is no success
 */
export async function runLoad(
  url: string,
  { connections, seconds, file }: LoadOptions,
): Promise<Load> {
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    TIMEOUT,
    '-s',
    SCRIPT,
    url,
    '--',
    file,
  ]
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (status !== 0) throw new Error(`wrk ended with status ${status}, it says why above`)
  const line = output.trim().split('\n').at(-1) ?? ''
  const { requests, microseconds, p50Us, p99Us, failed } = JSON.parse(line) as Record<
    'requests' | 'microseconds' | 'p50Us' | 'p99Us' | 'failed',
    number
  >
  if (failed > 0) throw new Error(`${failed} of ${requests} requests to ${url} failed`)
  return {
    requests,
    msPerRequest: microseconds / 1000 / requests,
    p50Ms: p50Us / 1000,
    p99Ms: p99Us / 1000,
  }
}
