// A comparison in words and tables.

import type { Comparison, Difference } from './compare.ts'
import { reasonOf } from './stricter-reasons.ts'

/** Counts, what only one of the two verifies by reason, and each signature that only we verify. */
export function formatComparison(found: Comparison): string {
  const { compared, bothVerify, bothRefuse, kinds, stricter, lenient, panics } = found
  const rows = [...kinds]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, { made, verified }]) => `  ${kind}: ${made}, both verify ${verified}`)
  return [
    `${compared} altered signatures, signed again:`,
    ...rows,
    `both verify ${bothVerify}, both refuse ${bothRefuse}`,
    `notation-go did not return: ${panics.length}`,
    ...byReason(panics),
    `only notation-go verifies: ${stricter.length}`,
    ...byReason(stricter.filter(isExplained)),
    `  of them without a reason: ${stricter.filter((each) => !isExplained(each)).length}`,
    ...byReason(stricter.filter((each) => !isExplained(each))),
    `only we verify: ${lenient.length}`,
    ...lenient.map(formatCase),
  ].join('\n')
}

/** Reasons, or what messages have in common, most often met first, each with an index to look at. */
function byReason(differences: readonly Difference[]): readonly string[] {
  const groups = Map.groupBy(differences, ({ reason }) => reasonOf(reason) ?? commonPart(reason))
  return [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([reason, of]) => `  ${of.length} × ${reason} (${of[0]?.index})`)
}

function isExplained({ reason }: Difference): boolean {
  return reasonOf(reason) !== undefined
}

/** A message without names, numbers and places. */
function commonPart(reason: string): string {
  return reason
    .replace(/"(?:\\.|[^"\\])*"/g, '"…"')
    .replace(/0x[0-9a-f]+/g, '#')
    .replace(/(?<![\w.])\d+(?:\.\d+)*/g, '#')
}

function formatCase({ index, of, reason }: Difference): string {
  const envelope = Buffer.from(of.envelope).toString('base64')
  return `  ${index} ${of.kind}, bundle ${of.bundle}: ${reason}\n    ${envelope}`
}
