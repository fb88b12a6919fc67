// The repository's own TypeScript files, with what each of them imports.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Folders that hold source files. */
export const SOURCE_FOLDERS = ['shared', 'functions', 'plugin', 'emulator', 'demo', 'bench', 'test']

/** A source file. */
export interface Source {
  /** From the repository's root, with `/` between the parts. */
  readonly path: string
  readonly text: string
  /** Paths of sources and names of packages that it imports, whether types or values. */
  readonly imports: readonly string[]
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Static imports and re-exports; dynamic and type imports, which may stand anywhere. */
const IMPORTS = [
  /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm,
  /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g,
]

/** All source files below the given folders. */
export function readSources(folders: readonly string[] = SOURCE_FOLDERS): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => /\.[mc]?[jt]s$/.test(path) && !path.includes('/node_modules/'))
      .toSorted()
      .map((path) => makeSource(path, readFileSync(`${ROOT}${path}`, 'utf8'))),
  )
}

/** A source file of the given text. */
export function makeSource(path: string, text: string): Source {
  const specifiers = IMPORTS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, specifier]) => specifier ?? ''),
  )
  const imports = specifiers.map((specifier) =>
    specifier.startsWith('.') ? resolve(path, specifier) : specifier,
  )
  return { path, text, imports: [...new Set(imports)] }
}

function resolve(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}
