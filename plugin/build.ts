// Builds the plugin into one file, dist/notation-digicert-stm, that runs alike whatever package.json is near it:
// no import, no export, no require, which would make Node read it as one or the other kind of module.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')
const FILE = join(ROOT, 'dist', 'notation-digicert-stm')
/** Syntax that Node 10 and up parse: older ones than we run on must get as far as their error message. */
const TARGET = 'es2018'

await main()

async function main(): Promise<void> {
  const guard = await bundle('node-version.ts')
  const plugin = await bundle('main.ts')
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  // The guard sets a variable, because a script has no way to leave early that is not an error.
  writeFileSync(
    FILE,
    `#!/usr/bin/env node\n'use strict'\n${guard}if (!digicertStmNodeVersion.refusesNode()) {\n${plugin}}\n`,
  )
  chmodSync(FILE, 0o755)
}

async function bundle(entry: string): Promise<string> {
  const isGuard = entry === 'node-version.ts'
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    target: TARGET,
    legalComments: 'none',
    minifySyntax: true,
    ...(isGuard ? { globalName: 'digicertStmNodeVersion' } : {}),
  })
  return outputFiles.map((file) => file.text).join('')
}
