// A case of the envelope vectors. The cases themselves stand in jws-cases.ts and cose-cases.ts.

import type { EnvelopeMediaType } from '../../shared/envelope/media-type.ts'

/** An envelope with one deviation. */
export interface EnvelopeCase {
  readonly name: string
  readonly mediaType: EnvelopeMediaType
  readonly make: () => Uint8Array
  /** Why it is refused although the reference implementation accepts it. */
  readonly stricter?: string
}
