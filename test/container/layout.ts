// Lays out in a folder what the image holds, nothing of it writable, and starts commands in it as the image's user.

import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmod,
  chown,
  copyFile,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { ContainerImage } from './containerfile.ts'

const PROJECT = join(import.meta.dirname, '..', '..')
const READABLE = 0o555
/** Below the image's root folder. */
const PROGRAMS = 'programs'

/** The image, laid out. */
export interface Layout {
  /** Stands for the image's root folder. */
  readonly root: string
  /** Starts a command as the image's user with the image's environment, changed. */
  run(command: readonly string[], changes: Readonly<Record<string, string>>): ChildProcess
  /** Every file but the writable folder's, with what changes when it is written. */
  list(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Lays it out. Only root can, who may start processes as others. */
export async function layOut(image: ContainerImage): Promise<Layout> {
  const root = await mkdtemp(join(tmpdir(), 'container-'))
  const app = join(root, image.folder)
  const home = join(root, image.volume)
  await mkdir(app, { recursive: true })
  for (const path of [...image.copied, ...(await runtimePackages())])
    await cp(join(PROJECT, path), join(app, path), { recursive: true, filter: isNotNested })
  // The Node that runs here may lie where the image's user cannot go.
  await mkdir(join(root, PROGRAMS), { recursive: true })
  await copyFile(process.execPath, join(root, PROGRAMS, 'node'))
  await Promise.all((await filesBelow(root)).map((path) => chmod(path, READABLE)))
  await mkdir(home, { mode: 0o700 })
  await chown(home, image.uid, image.gid)
  await chmod(root, READABLE)
  const environment = { ...image.environment, HOME: home, TMPDIR: home }
  return {
    root,
    run([program = '', ...args], changes) {
      // The image's own Node is first on its PATH.
      const PATH = [join(root, PROGRAMS), '/usr/bin', '/bin'].join(delimiter)
      return spawn(program, args, {
        cwd: app,
        env: { ...environment, PATH, ...changes },
        uid: image.uid,
        gid: image.gid,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    },
    async list() {
      const files = (await filesBelow(root)).filter((path) => !path.startsWith(home)).toSorted()
      return Promise.all(files.map(describeFile))
    },
    close: () => rm(root, { recursive: true, force: true }),
  }
}

/** What `npm ci --omit=dev --omit=optional` installs, by the lock file: folders, the nested ones too. */
async function runtimePackages(): Promise<readonly string[]> {
  const lock = JSON.parse(await readFile(join(PROJECT, 'package-lock.json'), 'utf8'))
  const packages: Readonly<Record<string, Readonly<Record<string, boolean>>>> = lock.packages
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path && !(dev || optional || devOptional))
    .map(([path]) => path)
}

/** Packages inside of a package are in the lock file themselves. */
function isNotNested(path: string): boolean {
  return (
    path.slice(PROJECT.length).split('/node_modules').length <= 2 || !path.endsWith('/node_modules')
  )
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function describeFile(path: string): Promise<string> {
  const { mtimeMs, size } = await lstat(path)
  return `${path} ${size} ${mtimeMs}`
}
