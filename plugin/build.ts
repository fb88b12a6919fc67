// Builds the plugin into one file, dist/notation-digicert-stm, that runs alike whatever package.json is near it:
// no import, no export, no require, which would make Node read it as one or the other kind of module.

import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')
const FILE = join(ROOT, 'dist', 'notation-digicert-stm')
/** Syntax that Node 10 and newer parse: what we do not run on must get as far as its error message. */
const ENTRY_TARGET = 'es2018'
/** Tells builds apart; nobody gains by two that have it in common. */
const DIGEST_CHARACTERS = 16
/** The oldest Node that we run on. */
const PLUGIN_TARGET = 'node22'

await main()

async function main(): Promise<void> {
  const plugin = await bundle('main.ts', { target: PLUGIN_TARGET, globalName: 'plugin' })
  const source = `${plugin}plugin`
  const digest = createHash('sha256').update(source).digest('hex').slice(0, DIGEST_CHARACTERS)
  const entry = await bundle('entry.ts', {
    target: ENTRY_TARGET,
    define: { PLUGIN_SOURCE: JSON.stringify(source), PLUGIN_DIGEST: JSON.stringify(digest) },
  })
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  writeFileSync(FILE, `#!/usr/bin/env node\n${entry}`)
  chmodSync(FILE, 0o755)
  process.stdout.write(`built ${FILE}\n`)
}

async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    minify: true,
    legalComments: 'none',
    ...options,
  })
  return outputFiles.map((file) => file.text).join('')
}
