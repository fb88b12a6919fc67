import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { describePeers } from '../support/peers.ts'
import { readBlobCases } from './blob-case.ts'
import { hasWordsOf, isDifferent, readCases, readDifferences } from './corpus-case.ts'
import { type JudgedAnswer, ourVerdict, referenceVerdicts } from './verdicts.ts'

const cases = readCases()
const differences = readDifferences()
/** Rows in which we accept what the reference refuses: a referrer that cannot be read aborts all there. */
const LENIENT_ROWS = [20, 22]

describe('the corpus', () => {
  const groups = Map.groupBy(cases, ({ id }) => id.split('/')[0] ?? '')

  it.each([...groups])('verifyArtifact() gives each verdict of the group %s', async (_, group) => {
    for (const each of group) {
      const { words, ...expected } = each.expected
      expect(await ourVerdict(each), each.id).toEqual(expected)
    }
  })

  it('the words are those of notation-go where the file says so', () => {
    const same = cases.filter(({ expected }) => expected.words === 'notation-go')
    expect(same.filter((each) => !hasWordsOf(each)).map(({ id }) => id)).toEqual([])
    expect(same.length).toBeGreaterThan(200)
  })

  it('notation-go finds another verdict where the table of differences says so, and nowhere else', () => {
    const different = cases.filter(isDifferent).map(({ id }) => id)
    expect(differences.flatMap((difference) => difference.cases).sort()).toEqual(different.sort())
  })

  it('nothing is verified that notation-go does not verify, but in the rows that say so', () => {
    const lenient = differences
      .filter(({ row = 0 }) => LENIENT_ROWS.includes(row))
      .flatMap((difference) => difference.cases)
    const accepted = cases.filter(
      ({ expected, notationGo }) =>
        expected.verdict === 'verified' && notationGo !== null && notationGo.verdict !== 'verified',
    )
    expect(accepted.map(({ id }) => id)).toEqual(lenient)
  })

  it('README.md has a row for each that is shown, and each of its rows is shown', () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    const told = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, row]) => `row ${row}`)
    const shown = [...cases, ...readBlobCases()].flatMap(({ shows }) => shows)
    expect(told).toEqual([...new Set(shown)].filter((text) => /^row \d+$/.test(text)).sort(byRow))
    const deciding = differences.flatMap(({ row }) => (row === undefined ? [] : [`row ${row}`]))
    expect(deciding.filter((row) => !told.includes(row))).toEqual([])
  })

  it('README.md counts the cases of each group', () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    const different = new Set(differences.flatMap((difference) => difference.cases))
    const counted = [...groups].map(([group, of]) => {
      const verdicts = ['verified', 'rejected', 'refused'].map(
        (verdict) => of.filter(({ expected }) => expected.verdict === verdict).length,
      )
      const differ = of.filter(({ id }) => different.has(id)).length
      return [`\`${group}\``, of.length, ...verdicts, differ].join(' | ')
    })
    const told = readme.matchAll(/^\| (`[a-z-]+`) \| [^|]+ \| (\d.*) \|$/gm)
    expect([...told].map(([, group, counts]) => `${group} | ${counts}`).sort()).toEqual(
      counted.sort(),
    )
  })

  describePeers('put to notation-go', ['judge'], ({ judge }) => {
    let answers: readonly (JudgedAnswer | null)[]
    beforeAll(async () => {
      answers = await referenceVerdicts(judge, cases)
    })

    it('what both verify passes and fails the same checks', () => {
      const verified = cases.flatMap(({ id, expected, signatures }, index) => {
        const answer = answers[index]
        const isVerified = expected.verdict === 'verified' && answer?.verdict === 'verified'
        if (!isVerified || signatures.length !== 1) return []
        return [{ id, theirs: answer.checks, ours: new Map(Object.entries(expected.checks ?? {})) }]
      })
      const wrong = verified.flatMap(({ id, theirs, ours }) =>
        Object.entries(theirs)
          .map(([type, result]) => ({ id, type, result, our: ours.get(type) }))
          // Not asked for, as no trust store vouches for the chain: row 26.
          .filter(({ result, our }) => our !== result && our !== 'notChecked'),
      )
      // Where the validity of certificates is only logged the two look at it at different moments.
      expect(wrong.filter(({ type }) => type !== 'authenticTimestamp')).toEqual([])
      expect(verified.length).toBeGreaterThan(300)
    })

    it('notation-go gives each answer that the files hold', () => {
      const wrong = cases.flatMap(({ id, expected, notationGo }, index) => {
        const answer = answers[index]
        const isSame =
          answer?.verdict === notationGo?.verdict &&
          // Other words may be Go's own, which another version of Go words otherwise.
          (expected.words === undefined || answer?.error === notationGo?.error)
        return isSame ? [] : [{ id, notationGo, answer }]
      })
      expect(wrong).toEqual([])
    })
  })
})

function byRow(a: string, b: string): number {
  return Number(a.slice(4)) - Number(b.slice(4))
}
