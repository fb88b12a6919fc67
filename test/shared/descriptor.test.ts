import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDescriptor, sameContent } from '../../shared/descriptor.ts'
import { NotationError } from '../../shared/errors.ts'
import { parseJson } from '../../shared/json.ts'

const DESCRIPTOR = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'ab'.repeat(32)}`,
  size: 528,
}

describe('parseDescriptor()', () => {
  test('keeps media type, digest, size and annotations, and nothing else', () => {
    const annotations = { build: '42', ['__proto__']: 'x' }
    const text = JSON.stringify({ ...DESCRIPTOR, annotations, urls: ['https://example.com'] })
    expect(parseDescriptor(parseJson(text))).toEqual({ ...DESCRIPTOR, annotations })
    expect(parseDescriptor({ ...DESCRIPTOR, annotations: null } as never)).toEqual(DESCRIPTOR)
  })

  test('reads back what JSON.stringify writes', () => {
    const metadata = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(metadata, fc.oneof(fc.nat(), fc.constant(0)), (annotations, size) => {
        const descriptor = { ...DESCRIPTOR, size, annotations: { ...annotations } }
        expect(parseDescriptor(parseJson(JSON.stringify(descriptor)))).toEqual(descriptor)
      }),
    )
  })

  test.each([
    ['nothing', undefined, 'it is not an object'],
    ['a list', [], 'it is not an object'],
    ['no media type', { ...DESCRIPTOR, mediaType: undefined }, '"mediaType" is not a text'],
    ['an empty media type', { ...DESCRIPTOR, mediaType: '' }, '"mediaType" is not a text'],
    [
      'a digest of another algorithm',
      { ...DESCRIPTOR, digest: 'md5:00' },
      '"digest" is not a digest',
    ],
    ['a digest that is a number', { ...DESCRIPTOR, digest: 1 }, '"digest" is not a digest'],
    ['a negative size', { ...DESCRIPTOR, size: -1 }, '"size" is not a number of bytes'],
    ['a size with a fraction', { ...DESCRIPTOR, size: 1.5 }, '"size" is not a number of bytes'],
    ['a size that is a text', { ...DESCRIPTOR, size: '528' }, '"size" is not a number of bytes'],
    [
      'annotations that are a list',
      { ...DESCRIPTOR, annotations: [] },
      '"annotations" is not an object',
    ],
    [
      'an annotation that is a number',
      { ...DESCRIPTOR, annotations: { a: 1 } },
      '"annotations" has a value that is not a text',
    ],
  ])('refuses %s', (_, value, found) => {
    expect(() => parseDescriptor(value as never)).toThrow(
      new NotationError('encoding-invalid', `Cannot read a descriptor: ${found}`),
    )
  })
})

describe('sameContent()', () => {
  test('compares media type, digest and size, not annotations', () => {
    expect(sameContent(DESCRIPTOR, { ...DESCRIPTOR, annotations: { a: 'b' } })).toBe(true)
    expect(sameContent(DESCRIPTOR, { ...DESCRIPTOR, mediaType: 'a/b' })).toBe(false)
    expect(sameContent(DESCRIPTOR, { ...DESCRIPTOR, digest: `sha256:${'00'.repeat(32)}` })).toBe(
      false,
    )
    expect(sameContent(DESCRIPTOR, { ...DESCRIPTOR, size: 529 })).toBe(false)
  })
})
