// The plugin's process: streams, warnings, exit status. What it does stands in run.ts.

import { STM_TOTAL_TIMEOUT_MS } from '../shared/limits.ts'
import { failure, type RunResult, run } from './run.ts'
import { createSession, type Session } from './session.ts'
import { readStdin, writeWhole } from './standard-streams.ts'

main()

function main(): void {
  const session = createSession(process.env, elapsedMs)
  // Node prints warnings to stderr, where they would stand before the JSON error and hide its message.
  process.removeAllListeners('warning')
  process.on('warning', session.onWarning)
  process.on('uncaughtException', (thrown) => end(failure(thrown, session), session))
  run(process.argv.slice(2), {
    ...session,
    readRequest: () => readStdin(STM_TOTAL_TIMEOUT_MS - elapsedMs()),
  }).then((result) => end(result, session))
}

/** Both outputs are written whole before the process ends, whatever is still open. */
function end({ exitCode, stdout, stderr }: RunResult, session: Session): void {
  writeWhole(1, stdout)
  writeWhole(2, stderr)
  session.close()
  process.exit(exitCode)
}

function elapsedMs(): number {
  return performance.now()
}
