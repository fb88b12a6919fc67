// Further runtimes, locked in runtimes/package-lock.json: Nodes that the plugin is run under, and Deno, which
// the API runs on. They are installed by build.ts; Linux on x64 alone has them.

import { join } from 'node:path'

/** Majors that the plugin runs under besides the pinned one, and such as it only speaks to. */
export const NODE_MAJORS = { supported: [22, 24], refused: [12, 20] } as const

/** Where package.json and package-lock.json are. */
export const RUNTIMES_SOURCE = join(import.meta.dirname, 'runtimes')

/** Where they are installed. */
export const RUNTIMES_FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'runtimes')

/** Where Deno is, or will be. */
export const DENO_PATH = join(RUNTIMES_FOLDER, 'node_modules', 'deno', 'deno')

/** Where the binary of a Node is, or will be. */
export function nodePath(major: number): string {
  return join(RUNTIMES_FOLDER, 'node_modules', `node${major}`, 'bin', 'node')
}
