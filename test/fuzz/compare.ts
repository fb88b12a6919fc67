// Verdicts on altered signatures, ours beside notation-go's. None may be verified by us and refused by it.

import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { ARTIFACT } from '../corpus/definition.ts'
import { type Judge, openJudge } from '../support/judge.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { type Finding, findingOf } from './finding.ts'
import { verdictOn } from './our-verdict.ts'
import { createRandom } from './random.ts'
import { createResignedCases, type ResignedCase, type ResignedCases } from './resigned-cases.ts'
import { reasonOf } from './stricter-reasons.ts'

/** The label that inputs of this kind have in place of a target's name. */
export const RESIGNED = 'resigned'

/** A case on which the two differ. */
export interface Difference {
  readonly index: number
  readonly of: ResignedCase
  /** Why it was refused, by us or by notation-go. */
  readonly reason: string
}

/** What came of a comparison. */
export interface Comparison {
  readonly compared: number
  readonly bothVerify: number
  readonly bothRefuse: number
  /** By kind: how many there were, and how many of them both verify. */
  readonly kinds: ReadonlyMap<string, { made: number; verified: number }>
  /** We refuse what notation-go verifies. */
  readonly stricter: readonly Difference[]
  /** We verify what notation-go refuses. */
  readonly lenient: readonly Difference[]
  /** Neither verdict: notation-go did not return. */
  readonly panics: readonly Difference[]
  /** What the cases name. */
  readonly bundles: ResignedCases['bundles']
}

/** Cases that are made and judged at a time: while notation-go judges them we do. */
const BATCH = 500
/** Files of one run: a slip in a rule makes thousands of findings, all alike. */
const MAX_FINDINGS = 100

/**
 * Compares verdicts on as many cases.
 *
 * @param binary - path of the judge
 * @param tell - is told after each batch how many were compared
 */
export async function compareVerdicts(
  binary: string,
  { resigned, seed }: { readonly resigned: number; readonly seed: number },
  tell: (compared: number) => void = () => undefined,
): Promise<Comparison> {
  const cases = createResignedCases()
  const bundles = await readBundles(cases)
  const judge = openJudge(binary)
  const found = emptyComparison(cases.bundles)
  try {
    for (let start = 0; start < resigned; start += BATCH) {
      const length = Math.min(BATCH, resigned - start)
      const batch = Array.from({ length }, (_, offset) => {
        const index = start + offset
        return { index, of: cases.make(createRandom(seed, RESIGNED, index)) }
      })
      await compareBatch(batch, cases, bundles, judge, found)
      tell(start + length)
    }
  } finally {
    await judge.close()
  }
  return found
}

/** The case of an index again, but for its keys. */
export function makeCase(seed: number, index: number): Finding {
  const cases = createResignedCases()
  const of = cases.make(createRandom(seed, RESIGNED, index))
  return findingOf(of, cases.bundles, { seed, index })
}

/** What a run writes to files: what must not be, and what nobody has explained. */
export function findingsOf(
  { lenient, panics, stricter, bundles }: Comparison,
  seed: number,
): readonly Finding[] {
  const unexplained = stricter.filter(({ reason }) => reasonOf(reason) === undefined)
  return [...lenient, ...panics, ...unexplained]
    .slice(0, MAX_FINDINGS)
    .map(({ of, index }) => findingOf(of, bundles, { seed, index }))
}

type Growing = { -readonly [K in keyof Comparison]: Comparison[K] } & {
  readonly kinds: Map<string, { made: number; verified: number }>
  readonly stricter: Difference[]
  readonly lenient: Difference[]
  readonly panics: Difference[]
}

function emptyComparison(bundles: ResignedCases['bundles']): Growing {
  return {
    compared: 0,
    bothVerify: 0,
    bothRefuse: 0,
    kinds: new Map(),
    stricter: [],
    lenient: [],
    panics: [],
    bundles,
  }
}

async function compareBatch(
  batch: readonly { readonly index: number; readonly of: ResignedCase }[],
  cases: ResignedCases,
  bundles: ReadonlyMap<string, TrustBundle>,
  judge: Judge,
  found: Growing,
): Promise<void> {
  const theirs = batch.map(({ of, index }) => askFor(judge, cases, of, index))
  for (const [offset, { of, index }] of batch.entries()) {
    const ours = await verdictOn(of, bundleOf(of, bundles))
    const { error = null, panic = false, refused = false } = (await theirs[offset]) ?? {}
    if (refused) throw new Error(`the judge has no verdict: ${error}`)
    found.compared++
    const kind = found.kinds.get(of.kind) ?? { made: 0, verified: 0 }
    found.kinds.set(of.kind, kind)
    kind.made++
    if (panic) found.panics.push({ index, of, reason: error ?? '' })
    else if (ours.isVerified && error !== null) found.lenient.push({ index, of, reason: error })
    else if (ours.isVerified) kind.verified++
    else if (error === null) found.stricter.push({ index, of, reason: ours.reason })
    else found.bothRefuse++
    if (ours.isVerified && error === null) found.bothVerify++
  }
}

function askFor(judge: Judge, cases: ResignedCases, of: ResignedCase, index: number) {
  const { mediaType, envelope } = of
  const bundle = cases.bundles[of.bundle]
  if (bundle === undefined) throw new RangeError(`there is no bundle ${of.bundle}`)
  return judge.ask({
    id: String(index),
    bundle,
    reference: ARTIFACT.reference,
    descriptor: ARTIFACT.descriptor,
    mediaType,
    envelope: Buffer.from(envelope).toString('base64'),
  })
}

function bundleOf(
  { bundle: name }: ResignedCase,
  bundles: ReadonlyMap<string, TrustBundle>,
): TrustBundle {
  const bundle = bundles.get(name)
  if (bundle === undefined) throw new RangeError(`there is no bundle ${name}`)
  return bundle
}

async function readBundles({ bundles }: ResignedCases): Promise<ReadonlyMap<string, TrustBundle>> {
  const read = Object.entries(bundles).map(async ([name, bundle]) => {
    return [name, await parseTrustBundle(bundle, nodeCrypto)] as const
  })
  return new Map(await Promise.all(read))
}
