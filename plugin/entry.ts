// What the process starts with: refuses a Node that is too old, answers what needs no look-up, and only else
// compiles the plugin proper. Compiling it takes a tenth of an empty Node's life, and notation asks for the
// metadata before every signature and in every `plugin list`.

import { openCompileCache } from './compile-cache.ts'
import { PLUGIN_METADATA } from './metadata.ts'
import { refusesNode } from './node-version.ts'
import { TEXTS } from './texts.ts'
import { writeWhole } from './write-whole.ts'

/** The bundle of main.ts, as a text that ends in an expression of its exports; build.ts puts it in. */
declare const PLUGIN_SOURCE: string
/** Hexadecimal digest of that text. */
declare const PLUGIN_DIGEST: string

/** Requests for metadata as notation sends them without pluginConfig. All others are the plugin's to judge. */
const SIMPLE_REQUEST = /^\s*\{\s*("pluginConfig"\s*:\s*(\{\s*\}|null)\s*)?\}\s*$/
const MAX_SIMPLE_REQUEST_BYTES = 1024

/** What was read of stdin, and whether it ended there. */
interface Beginning {
  readonly bytes: Uint8Array
  readonly isWhole: boolean
}
const NOTHING_READ: Beginning = { bytes: new Uint8Array(), isWhole: false }

/** Outside of the function that uses it, whose text V8 reads twice. */
const source = PLUGIN_SOURCE

if (!refusesNode()) start(process.argv.slice(2))

function start(argv: readonly string[]): void {
  const [name = ''] = argv
  const text = argv.length === 1 ? TEXTS.get(name) : undefined
  const isMetadata = argv.length === 1 && name === 'get-plugin-metadata'
  const { bytes, isWhole } = isMetadata ? readBeginning() : NOTHING_READ
  if (text !== undefined) answer(text)
  else if (isWhole && SIMPLE_REQUEST.test(String.fromCharCode(...bytes)))
    answer(`${JSON.stringify(PLUGIN_METADATA)}\n`)
  else runPlugin(name, bytes)
}

/** Compiles the plugin, or takes what was compiled before, and runs it; what was read of stdin goes with it. */
function runPlugin(command: string, received: Uint8Array): void {
  const { Script } = process.getBuiltinModule('node:vm')
  const cache = openCompileCache(process.env, PLUGIN_DIGEST, command)
  const cachedData = cache?.read()
  const script = new Script(source, { filename: 'notation-digicert-stm', cachedData })
  const { main }: typeof import('./main.ts') = script.runInThisContext()
  main(received, () => {
    if (cachedData === undefined || script.cachedDataRejected) cache?.write(script)
  })
}

/**
 * Reads stdin while it is short. The plugin reads on where this stops.
 *
 * It waits for its caller to end stdin without a time limit: one would take threads, and with them twice the time.
 */
function readBeginning(): Beginning {
  const { readSync } = process.getBuiltinModule('node:fs')
  const buffer = new Uint8Array(MAX_SIMPLE_REQUEST_BYTES)
  let length = 0
  try {
    while (length < buffer.length) {
      const count = readSync(0, buffer, length, buffer.length - length, null)
      if (count === 0) return { bytes: buffer.subarray(0, length), isWhole: true }
      length += count
    }
  } catch {
    // Nothing to read at the moment, or no stdin: the plugin finds out which.
  }
  return { bytes: buffer.subarray(0, length), isWhole: false }
}

function answer(text: string): void {
  writeWhole(1, text)
  process.exit(0)
}
