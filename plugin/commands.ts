// The commands of the plugin protocol: request in, answer out.

import { encodeBase64 } from '../shared/base64.ts'
import { NotationError } from '../shared/errors.ts'
import type { KeyHolder } from './key-holder.ts'
import { PLUGIN_METADATA } from './metadata.ts'
import {
  type KeyRequest,
  type PluginConfig,
  parseKeyRequest,
  parseMetadataRequest,
  parseSignatureRequest,
  type SignatureRequest,
} from './protocol.ts'

/** What the commands need from the outside. */
export interface CommandDeps {
  /** Opens the keys with these settings over the environment's; throws NotationErrors of settings and credentials. */
  readonly openKeys: (pluginConfig: PluginConfig) => KeyHolder
}

/** Answers a request with what goes to stdout as JSON. */
export type Command = (stdin: Uint8Array, deps: CommandDeps) => unknown

/** The commands that notation runs. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  'get-plugin-metadata': (stdin) => {
    parseMetadataRequest(stdin)
    return PLUGIN_METADATA
  },
  'describe-key': (stdin, deps) => describeKey(parseKeyRequest(stdin), deps),
  'generate-signature': (stdin, deps) => generateSignature(parseSignatureRequest(stdin), deps),
}

/**
 * The command of the arguments.
 *
 * @throws {NotationError} `request-invalid` with the reference framework's text
 */
export function findCommand(argv: readonly string[]): Command {
  const [name = ''] = argv
  if (argv.length === 1 && Object.hasOwn(COMMANDS, name)) {
    const command = COMMANDS[name]
    if (command !== undefined) return command
  }
  const known = [...Object.keys(COMMANDS), 'version'].toSorted().join('|')
  throw new NotationError('request-invalid', `Invalid command, valid commands are: <${known}>`)
}

async function describeKey(
  { keyId, pluginConfig }: KeyRequest,
  deps: CommandDeps,
): Promise<unknown> {
  const { keySpec } = await deps.openKeys(pluginConfig).describeKey(keyId)
  return { keyId, keySpec }
}

async function generateSignature(request: SignatureRequest, deps: CommandDeps): Promise<unknown> {
  const { keyId, entry, pluginConfig } = request
  const { signature, chain } = await deps.openKeys(pluginConfig).makeSignature(request)
  return {
    keyId,
    signature: encodeBase64(signature),
    signingAlgorithm: entry.signingAlgorithm,
    certificateChain: chain.map(encodeBase64),
  }
}
