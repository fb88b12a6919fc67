// The environment variables that a client of the emulator needs, written for shells and programs.

/** Names and values, in the order in which they are written. */
export type Environment = Readonly<Record<string, string>>

/** How the variables can be written. */
export const ENVIRONMENT_FORMATS = {
  /** To be sourced by a POSIX shell. */
  sh: (environment: Environment) =>
    lines(environment, (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`),
  /** To be dot-sourced by PowerShell. */
  powershell: (environment: Environment) =>
    lines(environment, (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`),
  json: (environment: Environment) => `${JSON.stringify(environment, null, 2)}\n`,
  /** To be appended to the file that GITHUB_ENV names. */
  github: (environment: Environment) => lines(environment, (name, value) => `${name}=${value}`),
} as const
/** A format by its name in `GET /env?format=`. */
export type EnvironmentFormat = keyof typeof ENVIRONMENT_FORMATS

/** Whether a text names a format. */
export function isEnvironmentFormat(value: string): value is EnvironmentFormat {
  return Object.hasOwn(ENVIRONMENT_FORMATS, value)
}

function lines(environment: Environment, line: (name: string, value: string) => string): string {
  return Object.entries(environment)
    .map(([name, value]) => `${line(name, value)}\n`)
    .join('')
}
