// How the local stack's API is started, whatever it runs on.

import type { RunningEmulator } from '../../emulator/start.ts'

/** What the API is given. */
export interface ApiSurroundings {
  /** Variables as functions/node.ts reads them. */
  readonly environment: Readonly<Record<string, string>>
  readonly emulator: RunningEmulator
}

/** An API that answers. */
export interface StartedApi {
  /** Without a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

/** @param log - one JSON line per request to an operation */
export type StartApi = (
  surroundings: ApiSurroundings,
  log: (line: string) => void,
) => Promise<StartedApi>
