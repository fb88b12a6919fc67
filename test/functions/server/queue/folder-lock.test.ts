import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lockFolder } from '../../../../functions/server/queue/folder-lock.ts'

const SOURCE = join(import.meta.dirname, '../../../../functions/server/queue/folder-lock.ts')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-lock-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A process that holds the lock of a folder until it is killed. */
async function holder(locked: string) {
  const program = `
    import { lockFolder } from ${JSON.stringify(SOURCE)}
    lockFolder(${JSON.stringify(locked)})
    console.log('held')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return {
    pid: child.pid,
    kill: () =>
      new Promise((resolve) => {
        child.once('exit', resolve)
        child.kill('SIGKILL')
      }),
  }
}

it('lockFolder() refuses a folder that another process uses, and names both', async () => {
  const locked = join(folder, 'used')
  const other = await holder(locked)
  try {
    expect(() => lockFolder(locked)).toThrow(
      `Cannot use the folder ${JSON.stringify(locked)} of QUEUE_DIR: process ${other.pid} uses it; give each process its own, or set QUEUE_URL to a PostgreSQL that all use`,
    )
  } finally {
    await other.kill()
  }
})

it('lockFolder() takes the folder of a process that was killed', async () => {
  const locked = join(folder, 'killed')
  await (await holder(locked)).kill()

  const lock = lockFolder(locked)
  lock.release()
})

it('lockFolder() refuses a second time in one process, and not after a release', () => {
  const locked = join(folder, 'own')
  const lock = lockFolder(locked)
  expect(() => lockFolder(locked)).toThrow(`process ${process.pid} uses it`)
  lock.release()
  lockFolder(locked).release()
})

it('lockFolder() names a folder that it cannot write', () => {
  expect(() => lockFolder('/dev/null/queue')).toThrow(
    /^Cannot use the folder "\/dev\/null\/queue" of QUEUE_DIR: ENOTDIR/,
  )
})
