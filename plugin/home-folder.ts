// SM_HOME: where logs, saved credentials and compiled code lie.

const DEFAULT_NAME = '.signingmanager'

/**
 * The folder that SM_HOME names, by default `.signingmanager` in the user's home.
 *
 * @param setting - value of SM_HOME; quotes around it do not belong to it
 * @returns undefined when nothing is set and the user has no home
 */
export function homeFolder(setting: string | undefined): string | undefined {
  const value = (setting ?? '')
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim()
  if (value !== '') return value
  try {
    const { homedir } = process.getBuiltinModule('node:os')
    return process.getBuiltinModule('node:path').join(homedir(), DEFAULT_NAME)
  } catch {
    return undefined
  }
}
