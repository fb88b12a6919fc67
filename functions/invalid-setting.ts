// The error of a setting in the CONFIG document, which names the setting.

import { NotationError } from '../shared/errors.ts'

/**
 * What stops the start because of one setting.
 *
 * @param setting - its path with dots, `callers.0.claims`; empty for the document as a whole
 * @param found - what is wrong with it, as the rest of a sentence; never its value, which may be a secret
 * @returns `configuration-invalid`
 */
export function invalidSetting(setting: string, found: string, cause?: unknown): NotationError {
  const where = setting === '' ? 'CONFIG' : `CONFIG setting "${setting}"`
  return new NotationError('configuration-invalid', `Cannot use ${where}: ${found}`, { cause })
}
