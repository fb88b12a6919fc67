import { describe, expect, test } from 'vitest'
import { findFileProblems, findUndocumentedExports } from './support/house-rules.ts'
import { makeSource, readSources } from './support/sources.ts'

describe('the repository', () => {
  test('documents every export', () => {
    const sources = readSources(['shared', 'functions', 'plugin', 'emulator'])
    expect(sources.flatMap(findUndocumentedExports)).toEqual([])
  })

  test('has short files, named after what they hold and opening with it', () => {
    expect(readSources().flatMap(findFileProblems)).toEqual([])
  })
})

describe('findUndocumentedExports()', () => {
  const exportsOf = (text: string) => findUndocumentedExports(makeSource('shared/a.ts', text))

  test.each([
    ['export function run(): void {}', 'run'],
    ['export async function run(): Promise<void> {}', 'run'],
    ['export const LIMIT = 1', 'LIMIT'],
    ['export interface Shape {\n}', 'Shape'],
    ['export type Shape = string', 'Shape'],
    ['export class Store {}', 'Store'],
    ['/** About something else. */\nconst a = 1\nexport const LIMIT = a', 'LIMIT'],
    ['/** Documented. */\n\nexport const LIMIT = 1', 'LIMIT'],
    ['// A comment, which no editor shows.\nexport const LIMIT = 1', 'LIMIT'],
  ])('tells %j', (text, name) => {
    expect(exportsOf(text)).toEqual([`shared/a.ts: ${name}`])
  })

  test.each([
    '/** What it holds. */\nexport const LIMIT = 1',
    '/**\n * What it does.\n */\nexport async function run(): Promise<void> {}',
    "export { run } from './b.ts'",
    'const hidden = 1',
  ])('lets %j pass', (text) => {
    expect(exportsOf(text)).toEqual([])
  })
})

describe('findFileProblems()', () => {
  const problemsOf = (path: string, text = '// What it holds.\n') =>
    findFileProblems(makeSource(path, text))

  test.each([
    ['shared/utils.ts', 'is named after nothing'],
    ['plugin/helpers.ts', 'is named after nothing'],
    ['functions/index.ts', 'is named after nothing'],
    ['test/support/common.ts', 'is named after nothing'],
    ['shared/trustBundle.ts', 'is not named in kebab-case'],
    ['shared/trust_bundle.ts', 'is not named in kebab-case'],
  ])('tells the name %s', (path, told) => {
    expect(problemsOf(path)).toEqual([expect.stringContaining(told)])
  })

  test('tells a file that is too long, or opens with code', () => {
    expect(problemsOf('shared/a.ts', `// Long.\n${'\n'.repeat(299)}`)).toEqual([])
    expect(problemsOf('shared/a.ts', `// Long.\n${'\n'.repeat(300)}`)).toEqual([
      'shared/a.ts has 301 lines, more than 300',
    ])
    expect(problemsOf('test/a.test.ts', '\n'.repeat(401))).toEqual([
      'test/a.test.ts has 401 lines, more than 400',
    ])
    expect(problemsOf('shared/a.ts', 'const a = 1\n')).toEqual([
      'shared/a.ts does not open with a sentence on what it holds',
    ])
  })

  test.each(['shared/x509/name.ts', 'test/x509/name.property.test.ts', 'bench/der.bench.ts'])(
    'lets %s pass',
    (path) => {
      expect(problemsOf(path)).toEqual([])
    },
  )
})
