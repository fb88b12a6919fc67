// Further Nodes that the plugin is run under, locked in nodes/package-lock.json. They are installed by
// build.ts; Linux on x64 alone has them.

import { join } from 'node:path'

/** Majors that the plugin runs under besides the pinned one, and such as it only speaks to. */
export const NODE_MAJORS = { supported: [22, 24], refused: [12, 20] } as const

/** Where package.json and package-lock.json are. */
export const NODES_SOURCE = join(import.meta.dirname, 'nodes')

/** Where they are installed. */
export const NODES_FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'nodes')

/** Where the binary of a major is, or will be. */
export function nodePath(major: number): string {
  return join(NODES_FOLDER, 'node_modules', `node${major}`, 'bin', 'node')
}
