import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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

it('lockFolder() says of a damaged lock what it is, and not that it is used', async () => {
  const damaged = join(folder, 'damaged')
  await mkdir(damaged)
  await writeFile(join(damaged, 'lock.sqlite'), 'not what SQLite writes, and long enough for it')
  expect(() => lockFolder(damaged)).toThrow(
    `Cannot use the folder ${JSON.stringify(damaged)} of QUEUE_DIR: file is not a database`,
  )
})

it('lockFolder() holds nothing where it cannot say who holds it', async () => {
  const locked = join(folder, 'unwritable')
  await mkdir(join(locked, 'lock.pid'), { recursive: true })
  expect(() => lockFolder(locked)).toThrow(/of QUEUE_DIR: EISDIR/)
  await rm(join(locked, 'lock.pid'), { recursive: true })
  lockFolder(locked).release()
  expect(await readFile(join(locked, 'lock.pid'), 'utf8')).toBe(`${process.pid}\n`)
})
