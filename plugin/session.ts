// One process of the plugin: its settings, which are complete only with a request's pluginConfig, its log, and
// the secrets that neither may show.

import { holdKeys, type KeyHolder, type OpenKeyHolder } from './key-holder.ts'
import { type Log, openLog } from './log.ts'
import { openRemote } from './open-remote.ts'
import { openSigner } from './open-signer.ts'
import type { PluginError } from './plugin-error.ts'
import type { PluginConfig } from './protocol.ts'
import { isRemote } from './remote-settings.ts'
import { type Environment, readSettings, type Settings, secretsOf } from './settings.ts'

const REDACTED = '[redacted]'

/** What a command needs of its process. */
export interface Session {
  readonly openKeys: (pluginConfig: PluginConfig) => KeyHolder
  readonly onFailure: (error: PluginError, thrown: unknown) => void
  readonly onWarning: (warning: Error) => void
  readonly redact: (text: string) => string
  readonly close: () => void
}

/**
 * Creates a session. Nothing is read before it is needed.
 *
 * @param elapsedMs - how long the process has been running
 */
export function createSession(environment: Environment, elapsedMs: () => number): Session {
  let settings: Settings | undefined
  let secrets: readonly string[] | undefined
  let log: Log | undefined
  let opened: OpenKeyHolder | undefined
  const learned: string[] = []

  // What fails before the request's settings are known is logged as the environment says.
  const currentSettings = (): Settings => {
    settings ??= readSettings(environment, {})
    return settings
  }
  const redact = (text: string): string => {
    secrets ??= secretsOf(currentSettings())
    return [...learned, ...secrets].reduce(
      (shown, secret) => shown.replaceAll(secret, REDACTED),
      text,
    )
  }
  const currentLog = (): Log => {
    const { setting, home } = currentSettings()
    log ??= openLog(setting, home, redact, () => new Date())
    return log
  }
  return {
    openKeys(pluginConfig) {
      settings = readSettings(environment, pluginConfig)
      secrets = undefined
      log = undefined
      opened = isRemote(settings)
        ? openRemote(settings, {
            log: currentLog(),
            elapsedMs,
            onSecret: (text) => learned.push(text),
          })
        : openLocal(settings, currentLog(), elapsedMs)
      return opened.keys
    },
    onFailure({ errorCode, errorMessage }, thrown) {
      currentLog().write('ERROR', `${errorCode}: ${errorMessage}`)
      if (thrown instanceof Error) currentLog().write('TRACE', thrown.stack ?? thrown.message)
    },
    onWarning: (warning) => currentLog().write('WARN', `Node.js: ${warning.message}`),
    redact,
    close: () => opened?.close(),
  }
}

/** The keys of Software Trust Manager itself. */
function openLocal(settings: Settings, log: Log, elapsedMs: () => number): OpenKeyHolder {
  const { signer, close } = openSigner(settings, log, elapsedMs)
  return { keys: holdKeys(signer), close }
}
