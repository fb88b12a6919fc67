// The commands of the plugin protocol: request in, answer out.

import { encodeBase64 } from '../shared/base64.ts'
import { NotationError } from '../shared/errors.ts'
import type { Signer, SigningKey } from '../shared/signer.ts'
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
  /** Opens a signer with these settings over the environment's; throws NotationErrors of settings and credentials. */
  readonly openSigner: (pluginConfig: PluginConfig) => Signer
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
  const { keySpec } = await deps.openSigner(pluginConfig).describeKey(keyId)
  return { keyId, keySpec }
}

async function generateSignature(request: SignatureRequest, deps: CommandDeps): Promise<unknown> {
  const { keyId, entry, payload, pluginConfig } = request
  const signer = deps.openSigner(pluginConfig)
  const key = await signer.describeKey(keyId)
  requireKeySpec(key, request)
  const signature = await signer.signMessage(keyId, payload)
  return {
    keyId,
    signature: encodeBase64(signature),
    signingAlgorithm: entry.signingAlgorithm,
    certificateChain: key.chain.map(encodeBase64),
  }
}

/** Checked before a signature is spent. */
function requireKeySpec(key: SigningKey, { entry }: SignatureRequest): void {
  if (key.keySpec === entry.keySpec) return
  throw new NotationError(
    'request-invalid',
    `Cannot sign with keypair ${JSON.stringify(key.keyId)}: its key is ${key.keySpec}, the request says ${entry.keySpec}`,
  )
}
