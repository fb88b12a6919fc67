// Which versions of Node run the plugin. This part alone must also run on those that do not.

const OLDEST_MAJOR = 22
const OLDEST = '22.3'

/** Whether this Node is too old; stderr then has the protocol's error, and the process will exit with 1. */
export function refusesNode(): boolean {
  const major = Number(process.versions.node.split('.')[0])
  // 22.0 to 22.2 do not have it; all that the plugin uses of Node comes through it.
  if (major >= OLDEST_MAJOR && typeof process.getBuiltinModule === 'function') return false
  const errorMessage = `notation-digicert-stm needs Node.js ${OLDEST} or newer, this is ${process.version} (${process.execPath}); put a newer node first on PATH`
  process.exitCode = 1
  process.stderr.write(`${JSON.stringify({ errorCode: 'ERROR', errorMessage })}\n`)
  return true
}
