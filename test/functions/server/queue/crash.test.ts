// A process on PGlite that is killed with tasks at work: nothing is lost. Two on one PostgreSQL are the whole API's test.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../signing-engine/suite.ts'

const PROGRAM = join(import.meta.dirname, 'crash-worker.ts')
const TASKS = 60

interface Worker {
  readonly child: ChildProcess
  readonly lines: readonly string[]
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** @param count - tasks that it enqueues before it begins */
function startWorker(folder: string, count: number): Worker {
  const child = spawn(process.execPath, [PROGRAM, folder, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return { child, lines }
}

function digestsOf(...workers: readonly Worker[]): readonly string[] {
  const performed = workers.flatMap(({ lines }) =>
    lines.filter((line) => line.startsWith('performed')),
  )
  return [...new Set(performed.map((line) => line.split(' ')[1] ?? ''))]
}

async function kill({ child }: Worker, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

describe('on PGlite', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signing-crash-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('a process that was killed leaves every task to the next, at once', async () => {
    const first = startWorker(folder, TASKS)
    await until(() => digestsOf(first).length >= 10)
    await kill(first)

    const second = startWorker(folder, 0)
    await until(() => digestsOf(first, second).length === TASKS)

    await kill(second, 'SIGTERM')
    expect(second.child.exitCode).toBe(0)
  }, 60_000)

  it('a second process on the same folder does not start', async () => {
    const first = startWorker(folder, 0)
    await until(() => first.lines.includes('enqueued'))
    const second = spawn(process.execPath, [PROGRAM, folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    children.push(second)
    let errors = ''
    second.stderr.on('data', (chunk) => {
      errors += chunk
    })
    await new Promise((resolve) => second.once('exit', resolve))

    expect(second.exitCode).not.toBe(0)
    expect(errors).toContain(`process ${first.child.pid} uses it`)
  }, 60_000)
})
