import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCases } from './corpus-case.ts'

/** Sentences of the reference, or parts of them, each with the case that shows it; null where none can. */
const SENTENCES = JSON.parse(
  readFileSync(join(import.meta.dirname, 'sentences.json'), 'utf8'),
) as Readonly<Record<string, string | null>>

/** The rows of README.md's table of sentences that no case shows. */
const REASONS = new Map(
  [
    ...readFileSync(join(import.meta.dirname, 'README.md'), 'utf8').matchAll(
      /^\| `([^|]+)` \| (notation-[^|]+) \| ([^|]+) \|$/gm,
    ),
  ].map(([, sentence = '', place = '', reason = '']) => [sentence, { place, reason }]),
)

describe('the sentences with which notation-go refuses', () => {
  const answers = new Map(readCases().map(({ id, notationGo }) => [id, notationGo?.error ?? '']))

  it('are shown by the case that is named, or README.md says why none can', () => {
    const wrong = Object.entries(SENTENCES).filter(([sentence, id]) =>
      id === null ? !REASONS.has(sentence) : answers.get(id)?.includes(sentence) !== true,
    )
    expect(wrong).toEqual([])
    expect(Object.keys(SENTENCES).length).toBeGreaterThan(120)
  })

  it('have a reason in README.md only where no case shows them, with the line where they stand', () => {
    const unshown = Object.entries(SENTENCES).flatMap(([sentence, id]) =>
      id === null ? sentence : [],
    )
    expect([...REASONS.keys()].sort()).toEqual(unshown.sort())
    const said = [...answers.values()]
    expect(unshown.filter((sentence) => said.some((text) => text.includes(sentence)))).toEqual([])
    const places = [...REASONS.values()].map(({ place }) => place)
    expect(
      places.filter((place) => !/^notation-(?:core-)?go v[\d.]+ \S+\.go:\d+/.test(place)),
    ).toEqual([])
  })
})
