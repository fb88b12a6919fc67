// The plugin as a function: arguments and stdin in, exit status and both outputs out. For every failure
// stderr gets one JSON error and stdout nothing; a success leaves stderr empty (plugin-extensibility.md §Plugin contract).

import { type CommandDeps, findCommand } from './commands.ts'
import { type PluginError, toPluginError } from './plugin-error.ts'

/** What the plugin needs from the outside. */
export interface RunDeps extends CommandDeps {
  /**
   * The request; at most MAX_REQUEST_BYTES.
   *
   * @throws {NotationError} `request-too-large` before it is read whole; `request-invalid` when it never ends
   */
  readonly readRequest: () => Promise<Uint8Array>
  /** Told of each failure, with what was thrown. */
  readonly onFailure: (error: PluginError, thrown: unknown) => void
  /** The text without any secret that the settings hold, whoever put it there. */
  readonly redact: (text: string) => string
}

/** What a process that ran the plugin shows. */
export interface RunResult {
  readonly exitCode: 0 | 1
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command. It never rejects. */
export async function run(argv: readonly string[], deps: RunDeps): Promise<RunResult> {
  try {
    const command = findCommand(argv)
    const answer = await command(await deps.readRequest(), deps)
    return { exitCode: 0, stdout: `${JSON.stringify(answer)}\n`, stderr: '' }
  } catch (thrown) {
    return failure(thrown, deps)
  }
}

/** The result of anything thrown. */
export function failure(thrown: unknown, deps: Pick<RunDeps, 'onFailure' | 'redact'>): RunResult {
  const { errorCode, errorMessage } = toPluginError(thrown)
  const error = { errorCode, errorMessage: deps.redact(errorMessage) }
  deps.onFailure(error, thrown)
  return { exitCode: 1, stdout: '', stderr: `${JSON.stringify(error)}\n` }
}
