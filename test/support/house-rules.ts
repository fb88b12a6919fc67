// What every source file looks like, as far as a linter does not tell: its name, its length, its first
// lines, and a docstring on everything it exports.

import type { Source } from './sources.ts'

/** Longer files hold more than one concept; tests may list more cases. */
const MAX_SOURCE_LINES = 300
const MAX_TEST_LINES = 400
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*$/
/** Names that say nothing about what a file holds. */
const EMPTY_NAMES =
  /^(?:utils?|helpers?|common|types?|misc|manager|service|index|lib|core|base|constants?)\./
const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) +([A-Za-z0-9_$]+)/

/** Everything about a file's name, length and head that the house does not allow, as sentences. */
export function findFileProblems({ path, text }: Source): readonly string[] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isTest = path.startsWith('test/') || path.startsWith('bench/')
  const lines = text.split('\n').length - 1
  const limit = isTest ? MAX_TEST_LINES : MAX_SOURCE_LINES
  const problems: string[] = []
  if (EMPTY_NAMES.test(name)) problems.push(`${path} is named after nothing that it holds`)
  if (!KEBAB_CASE.test(name)) problems.push(`${path} is not named in kebab-case`)
  if (lines > limit) problems.push(`${path} has ${lines} lines, more than ${limit}`)
  if (!isTest && !/^(?:#!.*\n)?\/\/ \S/.test(text))
    problems.push(`${path} does not open with a sentence on what it holds`)
  return problems
}

/** Every export without a docstring, as `path: name`. */
export function findUndocumentedExports({ path, text }: Source): readonly string[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    if (/^export default\b/.test(line)) return []
    const name = EXPORT.exec(line)?.[1]
    // Overloads share the docstring of the first.
    const isDocumented =
      lines[index - 1]?.endsWith('*/') || lines[index - 1]?.startsWith(`export function ${name}(`)
    return name === undefined || isDocumented ? [] : [`${path}: ${name}`]
  })
}
