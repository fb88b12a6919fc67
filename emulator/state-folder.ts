// The state folder: one private document that lets the emulator come back as it was, and the files that
// clients of it read. Everything is written for its owner alone.

import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ENVIRONMENT_FORMATS, type Environment } from './environment.ts'
import { encodePem } from './pem.ts'
import { SetupError } from './setup-error.ts'
import { encodeWorld, parseWorld, type World } from './world.ts'

const DOCUMENT = 'state.json'
const CLIENT_P12 = 'client.p12'
const CA = 'ca.pem'

/** The kept world of a folder; undefined when there is none yet. */
export async function readWorld(folder: string): Promise<World | undefined> {
  const path = join(folder, DOCUMENT)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new SetupError(`Cannot read ${path}: ${error.message}`, { cause: error })
  })
  if (text === undefined) return undefined
  try {
    return parseWorld(text)
  } catch (cause) {
    throw new SetupError(
      `Cannot read ${path}: it is not the state of this version's emulator; remove it to start anew`,
      { cause },
    )
  }
}

/** Keeps a world. The document is replaced whole, so that a crash leaves the old one. */
export async function writeWorld(folder: string, world: World): Promise<void> {
  await makeFolder(folder)
  const path = join(folder, DOCUMENT)
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  await writePrivate(draft, encodeWorld(world))
  await rename(draft, path).catch(async (error) => {
    await rm(draft, { force: true })
    throw error
  })
}

/** Paths that the environment names, in a folder. */
export function credentialPaths(folder: string): Environment {
  return { SM_CLIENT_CERT_FILE: join(folder, CLIENT_P12), SM_CA_FILE: join(folder, CA) }
}

/** Writes what clients read: credentials, roots, the environment in its forms. */
export async function writeClientFiles(
  folder: string,
  world: World,
  environment: Environment,
): Promise<void> {
  const { hierarchy, credentials } = world
  const files: Readonly<Record<string, string | Uint8Array>> = {
    [CLIENT_P12]: credentials.clientP12,
    [CA]: encodePem(hierarchy.tlsRoot.certificate),
    'signing-root.pem': encodePem(hierarchy.signingRoot.certificate),
    'tsa-root.pem': encodePem(hierarchy.tsaRoot.certificate),
    env: ENVIRONMENT_FORMATS.sh(environment),
    'env.ps1': ENVIRONMENT_FORMATS.powershell(environment),
    'env.json': ENVIRONMENT_FORMATS.json(environment),
  }
  for (const [name, content] of Object.entries(files))
    await writePrivate(join(folder, name), content)
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SetupError(`Cannot make the state folder ${folder}: ${reason}`, { cause })
  }
}

/** The mode of writeFile counts for new files only. */
async function writePrivate(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content, { mode: 0o600 })
  await chmod(path, 0o600)
}
