import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalBytes } from '../../shared/bytes.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateCbor } from './mutate-cbor.ts'
import { mutateDer } from './mutate-der.ts'
import { mutateJson } from './mutate-json.ts'
import { createRandom } from './random.ts'
import { makeSamples } from './samples.ts'

const SAMPLES = makeSamples()
const MUTATIONS = [
  ['mutateBytes', mutateBytes, SAMPLES.pem],
  ['mutateDer', mutateDer, SAMPLES.certificates],
  ['mutateCbor', mutateCbor, SAMPLES.cose],
  ['mutateJson', mutateJson, SAMPLES.bundles],
] as const

describe('mutations', () => {
  it.each(MUTATIONS)('%s() makes bytes of any bytes', (_, mutate) => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (bytes, index) => {
        expect(mutate(createRandom(1, 'any', index), bytes)).toBeInstanceOf(Uint8Array)
      }),
    )
  })

  it.each(MUTATIONS)(
    '%s() makes something else of a document, most of the time',
    (_, mutate, of) => {
      const [sample = new Uint8Array()] = of
      const changed = Array.from({ length: 200 }, (_unused, index) =>
        mutate(createRandom(1, 'change', index), sample),
      ).filter((bytes) => !equalBytes(bytes, sample))
      expect(changed.length).toBeGreaterThan(150)
      expect(
        new Set(changed.map((bytes) => Buffer.from(bytes).toString('hex'))).size,
      ).toBeGreaterThan(100)
    },
  )
})
