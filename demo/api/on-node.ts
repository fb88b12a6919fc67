// The API on Node, in a process of its own: what it costs is not mixed with what its surroundings cost.

import { join } from 'node:path'
import { type ApiInChildProcess, startApiInChildProcess } from './in-child-process.ts'
import type { StartApi } from './start-api.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'functions', 'node.ts')

/** Starts it with the Node that runs this. */
export function startApiOnNode(
  ...[surroundings, log]: Parameters<StartApi>
): Promise<ApiInChildProcess> {
  return startApiInChildProcess('Node', [process.execPath, ENTRY], surroundings, log)
}
