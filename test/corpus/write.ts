// `node test/corpus/write.ts`: makes all cases anew, with new keys, and the table of differences. A case
// whose verdict is not the one declared, or that differs from notation-go undeclared, stops it. With `--new` cases
// that have a file keep it: what is written are those without one.
// Needs the judge and the notation CLI (`npm run peers`) and the plugin (`npm run build`).

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { peerPath } from '../peers/peers.ts'
import { BLOBS_FOLDER, type BlobCase, blobVerdict } from './blob-case.ts'
import {
  CASES_FOLDER,
  type CorpusCase,
  DIFFERENCES_FILE,
  type Difference,
  hasWordsOf,
  isDifferent,
} from './corpus-case.ts'
import type { Definition } from './definition.ts'
import { makeDefinitions } from './groups/all.ts'
import { blobs } from './groups/blobs.ts'
import { type JudgedAnswer, ourVerdict, referenceVerdicts } from './verdicts.ts'

process.exitCode = await main()

async function main(): Promise<number> {
  const definitions = withNames(await makeDefinitions())
  const answers = await referenceVerdicts(peerPath('judge'), definitions)
  const problems: string[] = []
  const cases = new Map<string, CorpusCase>()
  for (const [index, definition] of definitions.entries()) {
    const { id, group, name, declared, difference, ...input } = definition
    const expected = await ourVerdict(definition)
    const notationGo = referenceOf(answers[index])
    problems.push(
      ...problemsOf(definition, { expected, notationGo }).map((text) => `${id}: ${text}`),
    )
    const words = hasWordsOf({ expected, notationGo }) ? ({ words: 'notation-go' } as const) : {}
    cases.set(id, { ...input, expected: { ...expected, ...words }, notationGo })
  }
  const blobCases = await makeBlobCases(problems)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (problems.length > 0) return 1
  const isOnlyNew = process.argv.includes('--new')
  write(CASES_FOLDER, cases, isOnlyNew)
  write(BLOBS_FOLDER, blobCases, isOnlyNew)
  const differences = differencesOf(definitions)
  writeFileSync(DIFFERENCES_FILE, `${JSON.stringify(differences, undefined, 2)}\n`)
  return tell(cases, differences)
}

/** Which checks passed is put to the judge again in each run: where they are only logged they change with time. */
function referenceOf(answer: JudgedAnswer | null | undefined): CorpusCase['notationGo'] {
  if (answer === undefined) throw new Error('the judge left a case out')
  return answer === null ? null : { verdict: answer.verdict, error: answer.error }
}

type Named = Definition & { readonly id: string }

/** With the names of their files; where titles give the same, the second and later ones are numbered. */
function withNames(definitions: readonly Definition[]): readonly Named[] {
  const seen = new Map<string, number>()
  return definitions.map((definition) => {
    const id = `${definition.group}/${fileName(definition)}`
    const count = (seen.get(id) ?? 0) + 1
    seen.set(id, count)
    return { ...definition, id: count === 1 ? id : `${id}--${count}` }
  })
}

function fileName({ name, title }: Definition): string {
  return slugOf(name ?? title)
}

function slugOf(title: string): string {
  const text = title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return text.slice(0, 90).replace(/^-|-$/g, '') || 'empty'
}

function problemsOf(
  { declared, difference }: Definition,
  { expected, notationGo }: Pick<CorpusCase, 'expected' | 'notationGo'>,
): readonly string[] {
  const members = Object.entries(declared) as [keyof typeof declared, string][]
  const wrong = members.filter(([name, value]) => expected[name] !== value)
  const found = `found ${JSON.stringify(expected)}; notation-go: ${notationGo?.error}`
  const differs = isDifferent({ expected, notationGo })
  return [
    ...(wrong.length > 0 ? [`declared ${JSON.stringify(declared)}, ${found}`] : []),
    ...(differs && difference === undefined ? [`differs, undeclared: ${found}`] : []),
    ...(!differs && difference !== undefined ? [`does not differ: ${found}`] : []),
  ]
}

function differencesOf(definitions: readonly Named[]): readonly Difference[] {
  const found = definitions.filter(({ difference }) => difference !== undefined)
  const groups = Map.groupBy(found, ({ difference }) => JSON.stringify(difference))
  return [...groups.entries()]
    .map(([difference, of]) => ({
      ...(JSON.parse(difference) as Omit<Difference, 'cases'>),
      cases: of.map(({ id }) => id).sort(),
    }))
    .sort((a, b) => (a.row ?? 99) - (b.row ?? 99) || (a.reason < b.reason ? -1 : 1))
}

async function makeBlobCases(problems: string[]): Promise<ReadonlyMap<string, BlobCase>> {
  const cases = new Map<string, BlobCase>()
  for (const { declared, ...input } of blobs()) {
    const expected = await blobVerdict(input)
    if (!isDeepStrictEqual(expected, declared))
      problems.push(
        `blob ${input.title}: declared ${JSON.stringify(declared)}, found ${JSON.stringify(expected)}`,
      )
    cases.set(slugOf(input.title), { ...input, expected, notationGo: null })
  }
  return cases
}

function write(
  folder: string,
  cases: ReadonlyMap<string, CorpusCase | BlobCase>,
  isOnlyNew: boolean,
): void {
  if (!isOnlyNew) rmSync(folder, { recursive: true, force: true })
  for (const [id, content] of cases) {
    const path = join(folder, `${id}.json`)
    if (isOnlyNew && existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`)
  }
}

function tell(cases: ReadonlyMap<string, CorpusCase>, differences: readonly Difference[]): number {
  const groups = Map.groupBy(cases.keys(), (id) => id.split('/')[0] ?? '')
  process.stdout.write('| Group | Cases | Verified | Rejected | Refused | Differ |\n')
  process.stdout.write('|---|---:|---:|---:|---:|---:|\n')
  const different = new Set(differences.flatMap((difference) => difference.cases))
  for (const [group, ids] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const count = (verdict: string) =>
      ids.filter((id) => cases.get(id)?.expected.verdict === verdict).length
    const verdicts = ['verified', 'rejected', 'refused'].map(count).join(' | ')
    const differ = ids.filter((id) => different.has(id)).length
    process.stdout.write(`| ${group} | ${ids.length} | ${verdicts} | ${differ} |\n`)
  }
  process.stdout.write(`${cases.size} cases, ${different.size} intended differences\n`)
  return 0
}
