// Software Trust Manager's settings as a process has them: environment variables under the names of DigiCert's tools,
// the two secret ones perhaps in files, as containers are given secrets. A reload reads these files anew.

import { decodeUtf8 } from '../../shared/bytes.ts'
import { NotationError } from '../../shared/errors.ts'
import { inNamedFile, readNamedFile } from '../../shared/node/named-file.ts'
import { parseStmSettings, type StmSettings } from '../../shared/stm/settings.ts'

const VARIABLES = ['SM_HOST', 'SM_API_KEY', 'SM_CLIENT_CERT_FILE', 'SM_CLIENT_CERT_PASSWORD']
/** Of these `NAME_FILE` may name a file instead. */
const SECRETS: readonly string[] = ['SM_API_KEY', 'SM_CLIENT_CERT_PASSWORD']

/**
 * Reads them.
 *
 * @param variable - gives a variable; undefined where it is unset or empty
 * @returns undefined where none of the four is set; one that is set says that signing is wanted, so the rest must be
 * @throws {NotationError} `configuration-invalid`, naming the variable
 */
export function readStmSettings(
  variable: (name: string) => string | undefined,
): StmSettings | undefined {
  const setting = (name: string): string | undefined =>
    SECRETS.includes(name) ? secretOf(name, variable) : variable(name)
  const isWanted = VARIABLES.some((name) => setting(name) !== undefined)
  return isWanted ? parseStmSettings(setting) : undefined
}

function secretOf(
  name: string,
  variable: (name: string) => string | undefined,
): string | undefined {
  const value = variable(name)
  const fileSetting = `${name}_FILE`
  const path = variable(fileSetting)
  if (path === undefined) return value
  if (value !== undefined)
    throw new NotationError(
      'configuration-invalid',
      `Cannot start: ${name} and ${fileSetting} are both set; unset one of them`,
    )
  const bytes = readNamedFile(fileSetting, path)
  const text = inNamedFile(fileSetting, path, 'configuration-invalid', () => decodeUtf8(bytes))
  // Editors and "echo" end a file with a line break, which no secret has.
  return text.replace(/\r?\n$/, '')
}
