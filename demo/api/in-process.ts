// The API in this process, as functions/node.ts runs it.

import { nodeRuntime } from '../../functions/node/runtime.ts'
import { startApi } from '../../functions/server/api.ts'
import { readSettings } from '../../functions/server/settings.ts'
import type { StartApi } from './start-api.ts'

/** Starts it. */
export const startApiInProcess: StartApi = ({ environment }, log) =>
  startApi(readSettings(environment), log, nodeRuntime)
