// npm run trust-bundle: writes what notation trusts on this machine as one JSON document, for verifiers
// that have no such folder. It is checked whole before it is written.

import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import type { IdentityMatching } from '../../shared/policy/identity.ts'
import {
  assembleTrustBundle,
  type TrustBundleDocument,
} from '../../shared/policy/notation-folder.ts'
import { formatStoreName } from '../../shared/policy/store-name.ts'
import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { notationFolder, readNotationFolder } from './notation-configuration.ts'

const HELP = `npm run --silent trust-bundle -- [options]

Writes the trust bundle of notation's configuration folder: its trust policies (trustpolicy.oci.json or
trustpolicy.json, and trustpolicy.blob.json where there is one) with the certificates of the trust stores that
they name. The API reads it from the file that TRUST_BUNDLE names, or on Workers from KV.

  --config DIR   notation's folder (default: NOTATION_CONFIG, else the folder "notation" of your settings)
  --out FILE     write FILE, whole or not at all (default: standard output)
  --identity-matching extended
                 have trusted identities matched by rules that go further than notation's: attributes for
                 extended validation, several OUs, no ST (default: reference)
  --help         this text

Exit status: 0 written; 1 the folder's content is not a valid trust bundle, or cannot be read or written;
2 wrong options.
`

interface Options {
  readonly help: boolean
  readonly config: string
  readonly out: string | undefined
  readonly matching: IdentityMatching
}

const EXIT = { done: 0, failed: 1, wrongOptions: 2 } as const

process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOptions()
  if (options === undefined) return EXIT.wrongOptions
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.done
  }
  try {
    await writeBundle(resolve(options.config), options)
    return EXIT.done
  } catch (error) {
    process.stderr.write(`Cannot write the trust bundle: ${reasonOf(error)}\n`)
    return EXIT.failed
  }
}

async function writeBundle(
  folder: string,
  { out, matching }: Pick<Options, 'out' | 'matching'>,
): Promise<void> {
  const files = await readNotationFolder(folder)
  if (files === undefined)
    throw new NotationError(
      'policy-invalid',
      `${JSON.stringify(folder)} holds no trust policy; name notation's folder with --config, or write one with "notation policy import"`,
    )
  const document = assembleTrustBundle(files, matching)
  const bundle = await parseTrustBundle(document, webCrypto)
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (out === undefined) process.stdout.write(text)
  else await writeWhole(resolve(out), text)
  for (const line of [...warningsOf(bundle), summaryOf(document, bundle)])
    process.stderr.write(`${line}\n`)
}

/** A reader sees the old file or the new one. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.${randomUUID()}.part`
  try {
    await writeFile(part, text, { flag: 'wx' })
    await rename(part, file)
  } catch (cause) {
    await rm(part, { force: true })
    throw cause
  }
}

/** A store without certificates is no fault of the document: it vouches for nobody. */
function warningsOf({ trustPolicy, blobTrustPolicy, trustStores }: TrustBundle): readonly string[] {
  const statements = [...trustPolicy.statements, ...(blobTrustPolicy?.statements ?? [])]
  const named = statements.flatMap((statement) => statement.trustStores.map(formatStoreName))
  return [...new Set(named)]
    .filter((name) => !trustStores.has(name))
    .map(
      (name) =>
        `Warning: the trust store "${name}" has no certificates; add them with "notation cert add"`,
    )
}

function summaryOf({ trustStores }: TrustBundleDocument, bundle: TrustBundle): string {
  const policies = bundle.blobTrustPolicy === undefined ? '1 trust policy' : '2 trust policies'
  return `Trust bundle ${bundle.digest}: ${policies}, trust stores ${Object.keys(trustStores).join(', ') || 'none'}`
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        out: { type: 'string' },
        'identity-matching': { type: 'string', default: 'reference' },
        help: { type: 'boolean', default: false },
      },
    })
    const { help, config = notationFolder(process.env, process.platform), out } = values
    const matching = values['identity-matching']
    if (matching !== 'reference' && matching !== 'extended')
      throw new Error('--identity-matching takes "reference" or "extended"')
    return { help, config, out, matching }
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\nnpm run trust-bundle -- --help lists the options\n`)
    return undefined
  }
}

function reasonOf(error: unknown): string {
  if (isNotationError(error)) return error.message
  return error instanceof Error ? error.message : String(error)
}
