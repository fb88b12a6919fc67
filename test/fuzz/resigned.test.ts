import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { policy } from '../corpus/definition.ts'
import { describePeers } from '../support/peers.ts'
import { type Comparison, compareVerdicts, findingsOf } from './compare.ts'
import { formatComparison } from './comparison-text.ts'
import { findingOf, judgeFinding, readFinding, writeFinding } from './finding.ts'
import { createRandom } from './random.ts'
import { createResignedCases, type ResignedCase } from './resigned-cases.ts'

const OF: ResignedCase = {
  kind: 'token-jws',
  bundle: 'stamped',
  mediaType: 'application/jose+json',
  envelope: Uint8Array.of(0x7b, 0x7d),
}

describePeers('signatures altered and signed again', ['judge'], ({ judge }) => {
  let found: Comparison
  beforeAll(async () => {
    found = await compareVerdicts(judge, { resigned: 800, seed: 1 })
  })

  it('none is verified by us and refused by notation-go', () => {
    expect(found.lenient).toEqual([])
  })

  it('of each kind some are verified by both, but none of them all', () => {
    expect(found.kinds.size).toBe(12)
    const verified = [...found.kinds.values()].map((kind) => kind.verified / kind.made)
    expect(verified.filter((share) => share > 0).length).toBeGreaterThan(5)
    expect(verified.filter((share) => share === 1)).toEqual([])
  })

  it('each is counted once', () => {
    const { compared, bothVerify, bothRefuse, stricter, lenient, panics } = found
    expect(compared).toBe(800)
    expect(bothVerify + bothRefuse + stricter.length + lenient.length + panics.length).toBe(800)
  })
})

describePeers('a signature written to a file', ['judge'], ({ judge }) => {
  const folder = mkdtempSync(join(tmpdir(), 'findings-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('gets the verdicts it had, though the keys of its run are gone', async () => {
    const cases = createResignedCases()
    const verdicts: string[] = []
    for (let index = 0; index < 12; index++) {
      const of = cases.make(createRandom(1, 'resigned', index))
      const finding = findingOf(of, cases.bundles, { seed: 1, index })
      const before = await judgeFinding(judge, finding)
      const path = writeFinding(finding, folder)
      expect(readFinding(path)).toEqual(finding)
      expect(await judgeFinding(judge, readFinding(path))).toEqual(before)
      verdicts.push(before.theirs === null ? 'verified' : 'rejected')
    }
    expect(new Set(verdicts)).toEqual(new Set(['verified', 'rejected']))
  })
})

describe('formatComparison() and findingsOf()', () => {
  const comparison: Comparison = {
    compared: 5,
    bothVerify: 1,
    bothRefuse: 0,
    kinds: new Map([['token-jws', { made: 5, verified: 1 }]]),
    stricter: [
      { index: 3, of: OF, reason: 'x: unknown critical attribute "a"' },
      { index: 4, of: OF, reason: 'x: found 12 of "a \\" b"' },
      { index: 5, of: OF, reason: 'x: found 7 of "c"' },
    ],
    lenient: [{ index: 9, of: OF, reason: 'not good' }],
    panics: [],
    bundles: { stamped: { trustPolicy: policy(), trustStores: {} } },
  }

  it('tells why we refuse, and puts together what nobody has explained', () => {
    expect(formatComparison(comparison)).toContain(
      [
        'only notation-go verifies: 3',
        '  1 × row 1: a critical attribute that nobody knows (3)',
        '  of them without a reason: 2',
        '  2 × x: found # of "…" (4)',
      ].join('\n'),
    )
  })

  it('leaves to files what only we verify and what nobody has explained, whole', () => {
    const findings = findingsOf(comparison, 7)
    expect(findings.map(({ index }) => index)).toEqual([9, 4, 5])
    expect(findings[0]).toEqual({
      seed: 7,
      index: 9,
      kind: 'token-jws',
      bundle: comparison.bundles.stamped,
      mediaType: 'application/jose+json',
      envelope: 'e30=',
    })
  })

  it('gives each signature that only we verify whole', () => {
    expect(formatComparison(comparison)).toContain(
      'only we verify: 1\n  9 token-jws, bundle stamped: not good\n    e30=',
    )
  })
})

describe('createResignedCases()', () => {
  it('chooses the same kind and bundle again for the same index', () => {
    const cases = createResignedCases()
    const chosen = () =>
      Array.from({ length: 20 }, (_, index) => {
        const { kind, bundle } = cases.make(createRandom(1, 'resigned', index))
        return { kind, bundle }
      })
    expect(chosen()).toEqual(chosen())
  })
})
