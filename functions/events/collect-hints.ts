// Gathers what the parts of a body tell, each a hint or a reason to ignore it.

import type { ArtifactHint, IgnoredCounts, IgnoreReason, ReadEvents } from './source-type.ts'

/** Reads the parts one by one. */
export function collectHints<Part>(
  parts: readonly Part[],
  readPart: (part: Part) => ArtifactHint | IgnoreReason,
): ReadEvents {
  const results = parts.map(readPart)
  return {
    hints: results.filter((result) => typeof result !== 'string'),
    ignored: countReasons(results.filter((result) => typeof result === 'string')),
  }
}

/** How often each reason occurs. */
export function countReasons(reasons: readonly IgnoreReason[]): IgnoredCounts {
  const counts: Partial<Record<IgnoreReason, number>> = {}
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

/** The sum of both. */
export function addCounts(one: IgnoredCounts, other: IgnoredCounts): IgnoredCounts {
  const sum: Partial<Record<IgnoreReason, number>> = { ...one }
  for (const [reason, count] of Object.entries(other) as [IgnoreReason, number][])
    sum[reason] = (sum[reason] ?? 0) + count
  return sum
}

/** All of them. */
export function totalOf(counts: IgnoredCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
