// The plugin's process once it is known that there is work to do: streams, warnings, exit status. What it does
// stands in run.ts.

import { isNotationError } from '../shared/errors.ts'
import { STM_TOTAL_TIMEOUT_MS } from '../shared/limits.ts'
import { elapsedMs } from './process-time.ts'
import { readStdin } from './read-request.ts'
import { failure, type RunResult, run } from './run.ts'
import { createSession, type Session } from './session.ts'
import { writeWhole } from './write-whole.ts'

/**
 * Runs the command of the process's arguments and ends the process.
 *
 * @param received - what was read of stdin before
 * @param onSuccess - called when all was written, before the process ends
 */
export function main(received: Uint8Array, onSuccess: () => void): void {
  const session = createSession(process.env, elapsedMs)
  let isReading = false
  // Node prints warnings to stderr, where they would stand before the JSON error and hide its message.
  process.removeAllListeners('warning')
  process.on('warning', session.onWarning)
  process.on('uncaughtException', (thrown) => end(failure(thrown, session), session, isReading))
  const readRequest = async (): Promise<Uint8Array> => {
    isReading = true
    try {
      const request = await readStdin(received, STM_TOTAL_TIMEOUT_MS - elapsedMs())
      isReading = false
      return request
    } catch (error) {
      isReading = isNotationError(error, 'signer-timeout')
      throw error
    }
  }
  run(process.argv.slice(2), { ...session, readRequest }).then((result) =>
    end(result, session, isReading, onSuccess),
  )
}

/** Both outputs are written whole before the process ends, whatever is still open. */
function end(
  { exitCode, stdout, stderr }: RunResult,
  session: Session,
  isReading: boolean,
  onSuccess?: () => void,
): void {
  writeWhole(1, stdout)
  writeWhole(2, stderr)
  session.close()
  if (exitCode === 0) onSuccess?.()
  // Node ends only when a read of stdin that it has begun ends, which may be never.
  if (isReading) process.kill(process.pid, 'SIGKILL')
  process.exit(exitCode)
}
