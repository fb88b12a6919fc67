// Writes the envelopes that the reference implementation is to judge: step one of two, see main.go.

import { writeFileSync } from 'node:fs'
import { encodeBase64 } from '../../../../shared/base64.ts'
import { COSE_CASES } from '../../../support/cose-cases.ts'
import { COSE_STRUCTURE_CASES } from '../../../support/cose-structure-cases.ts'
import { JWS_CASES } from '../../../support/jws-cases.ts'

const cases = [...JWS_CASES, ...COSE_CASES, ...COSE_STRUCTURE_CASES].map(({ name, mediaType, make, stricter }) => ({
  name,
  mediaType,
  envelope: encodeBase64(make()),
  ...(stricter === undefined ? {} : { stricter }),
}))
writeFileSync(
  new URL('../../envelope/cases.json', import.meta.url),
  `${JSON.stringify({ origin: '', cases }, undefined, 1)}\n`,
)
