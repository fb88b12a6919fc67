// The real notation CLI in folders of its own: nothing of the user's configuration is read or written.

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** How a command ended. */
export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The kinds of trust stores. */
export type StoreType = 'ca' | 'signingAuthority' | 'tsa'

/** A statement of a trust policy, as far as tests vary it. */
export interface Statement {
  readonly trustStores: readonly string[]
  /** Default: any. */
  readonly trustedIdentities?: readonly string[]
  /** Default strict. */
  readonly level?: string
  readonly override?: Readonly<Record<string, string>>
}

/** A notation with its own configuration. */
export interface Notation {
  /** For files of the test's; removed by close. */
  readonly folder: string
  /** Runs a command to its end; `environment` is laid over the notation's own. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>
  /** Adds a certificate to a trust store. */
  addCertificate(type: StoreType, store: string, pem: string): Promise<void>
  /** Replaces the trust policy by one statement for every repository. */
  setPolicy(statement: Statement): Promise<void>
  close(): Promise<void>
}

/** What `notation inspect -o json` of v1.3.2 tells of one signature, as far as tests look at it. */
export interface InspectedSignature {
  readonly mediaType: string
  readonly digest: string
  readonly signatureAlgorithm: string
  readonly unsignedAttributes: Readonly<Record<string, unknown>>
  readonly certificates: readonly {
    readonly SHA256Fingerprint: string
    readonly issuedTo: string
    readonly issuedBy: string
  }[]
}

/** The plugin that `npm run build` writes. */
export const PLUGIN_FILE = './dist/notation-digicert-stm'
const CHECKOUT = join(import.meta.dirname, '..', '..')

/**
 * Sets up a notation.
 *
 * @param binary - path of the CLI
 * @param environment - for the plugin: the SM_… variables
 */
export async function createNotation(
  binary: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Notation> {
  const folder = await mkdtemp(join(tmpdir(), 'notation-'))
  const configuration = join(folder, 'config', 'notation')
  await mkdir(configuration, { recursive: true, mode: 0o700 })
  const own = {
    // The plugin is a script that asks for `node`: the one that runs the tests.
    PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    NOTATION_CONFIG: configuration,
    NOTATION_LIBEXEC: configuration,
    NOTATION_CACHE: join(folder, 'cache'),
    SM_HOME: join(folder, 'sm'),
    ...environment,
  }
  const run: Notation['run'] = (args, more = {}) => runToEnd(binary, args, { ...own, ...more })
  const succeed = async (...args: readonly string[]) => {
    const { exitCode, stderr } = await run(args)
    if (exitCode !== 0) throw new Error(`notation ${args[0]} ${args[1]} failed: ${stderr}`)
  }
  return {
    folder,
    run,
    async addCertificate(type, store, pem) {
      const file = join(folder, `${type}-${store}.pem`)
      await writeFile(file, pem)
      await succeed('cert', 'add', '--type', type, '--store', store, file)
    },
    async setPolicy(statement) {
      const file = join(folder, 'policy.json')
      await writeFile(file, JSON.stringify(policyOf(statement)))
      await succeed('policy', 'import', '--force', file)
    },
    close: () => rm(folder, { recursive: true }),
  }
}

/** A notation with our plugin installed by notation itself. */
export async function createNotationWithPlugin(
  binary: string,
  environment: Readonly<Record<string, string>>,
): Promise<Notation> {
  const notation = await createNotation(binary, environment)
  const { exitCode, stderr } = await notation.run(['plugin', 'install', '--file', PLUGIN_FILE])
  if (exitCode !== 0) {
    throw new Error(`Cannot install ${PLUGIN_FILE} ("npm run build" writes it): ${stderr}`)
  }
  return notation
}

/** The signatures that `notation inspect -o json` tells of. */
export function parseInspection({ stdout }: Ended): readonly InspectedSignature[] {
  // v1.3.2 writes a capital S.
  return (JSON.parse(stdout) as { Signatures: readonly InspectedSignature[] }).Signatures
}

function policyOf({ level = 'strict', override, ...statement }: Statement): object {
  return {
    version: '1.0',
    trustPolicies: [
      {
        name: 'test',
        registryScopes: ['*'],
        signatureVerification: { level, ...(override === undefined ? {} : { override }) },
        trustStores: statement.trustStores,
        trustedIdentities: statement.trustedIdentities ?? ['*'],
      },
    ],
  }
}

function runToEnd(
  binary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { cwd: CHECKOUT, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode: exitCode ?? -1, stdout, stderr }))
  })
}
