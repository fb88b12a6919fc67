import { expect, test } from 'vitest'
import { recognisedMediaType } from '../../../shared/envelope/recognised-media-type.ts'
import { makeCose, makeJws } from '../../support/envelopes.ts'

test.each([
  ['application/cose', makeCose()],
  ['application/jose+json', makeJws()],
  ['application/jose+json', new Uint8Array()],
  ['application/jose+json', makeCose().subarray(1)],
])('recognisedMediaType() says %s', (mediaType, envelope) => {
  expect(recognisedMediaType(envelope)).toBe(mediaType)
})
