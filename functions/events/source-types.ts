// The table of all types of sources, by the name that CONFIG gives them.

import { DISTRIBUTION } from './senders/distribution.ts'
import { GENERIC } from './senders/generic.ts'
import type { SourceType } from './source-type.ts'

/** Every type. */
export const SOURCE_TYPES = {
  distribution: DISTRIBUTION,
  generic: GENERIC,
} as const satisfies Record<string, SourceType>

/** The name of a type. */
export type SourceTypeName = keyof typeof SOURCE_TYPES
/** Every name of a type. */
export const SOURCE_TYPE_NAMES = Object.keys(SOURCE_TYPES) as readonly SourceTypeName[]
