// A signature on which the verdicts differ as a file that holds all it takes to judge it again: keys are new in each
// run, so that a seed alone does not bring it back.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { ARTIFACT } from '../corpus/definition.ts'
import { type JudgeBundle, openJudge } from '../support/judge.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { type OurVerdict, verdictOn } from './our-verdict.ts'
import type { ResignedCase, ResignedCases } from './resigned-cases.ts'

/** A signature, what it is to be verified under, and which run made it. */
export interface Finding {
  readonly seed: number
  readonly index: number
  readonly kind: string
  readonly bundle: JudgeBundle
  readonly mediaType: ResignedCase['mediaType']
  /** base64. */
  readonly envelope: string
}

/** Both verdicts on one. */
export interface BothVerdicts {
  readonly ours: OurVerdict
  /** Null where notation-go verifies. */
  readonly theirs: string | null
}

/** Where a run leaves what it found. */
export const FINDINGS_FOLDER = join(import.meta.dirname, '../../.cache/findings')

/** Of a case, with the bundle that it names. */
export function findingOf(
  of: ResignedCase,
  bundles: ResignedCases['bundles'],
  { seed, index }: Pick<Finding, 'seed' | 'index'>,
): Finding {
  const { kind, mediaType } = of
  const bundle = bundles[of.bundle]
  if (bundle === undefined) throw new RangeError(`there is no bundle ${of.bundle}`)
  const envelope = Buffer.from(of.envelope).toString('base64')
  return { seed, index, kind, bundle, mediaType, envelope }
}

/** Writes one; returns the path of its file. */
export function writeFinding(finding: Finding, folder = FINDINGS_FOLDER): string {
  const path = join(folder, `resigned-${finding.seed}-${finding.index}.json`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, `${JSON.stringify(finding, undefined, 2)}\n`)
  return path
}

/** Reads what writeFinding wrote. */
export function readFinding(path: string): Finding {
  return JSON.parse(readFileSync(path, 'utf8')) as Finding
}

/**
 * Judges one.
 *
 * @param binary - path of the judge
 */
export async function judgeFinding(binary: string, finding: Finding): Promise<BothVerdicts> {
  const { bundle, mediaType, envelope } = finding
  const trusted = await parseTrustBundle({ ...bundle }, nodeCrypto)
  const ours = await verdictOn({ mediaType, envelope: Buffer.from(envelope, 'base64') }, trusted)
  const judge = openJudge(binary)
  const { error } = await judge.ask({ id: 'finding', ...ARTIFACT, bundle, mediaType, envelope })
  await judge.close()
  return { ours, theirs: error }
}
