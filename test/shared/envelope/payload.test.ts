import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../../shared/bytes.ts'
import {
  encodePayload,
  PAYLOAD_CONTENT_TYPE,
  parsePayload,
} from '../../../shared/envelope/payload.ts'
import { isNotationError, NotationError } from '../../../shared/errors.ts'
import { TARGET_ARTIFACT } from '../../support/envelopes.ts'

describe('encodePayload()', () => {
  const annotations = { b: '2', a: '<&>' }

  test('writes members as notation does in COSE', () => {
    const { mediaType, digest } = TARGET_ARTIFACT
    expect(decodeUtf8(encodePayload({ ...TARGET_ARTIFACT, annotations }, 'declared'))).toBe(
      `{"targetArtifact":{"mediaType":"${mediaType}","digest":"${digest}","size":528,"annotations":{"a":"<&>","b":"2"}}}`,
    )
  })

  test('writes members as notation does in JWS', () => {
    const { mediaType, digest } = TARGET_ARTIFACT
    expect(decodeUtf8(encodePayload({ ...TARGET_ARTIFACT, annotations }, 'sorted'))).toBe(
      `{"targetArtifact":{"annotations":{"a":"<&>","b":"2"},"digest":"${digest}","mediaType":"${mediaType}","size":528}}`,
    )
  })

  test('leaves empty annotations out', () => {
    const payload = decodeUtf8(encodePayload({ ...TARGET_ARTIFACT, annotations: {} }, 'sorted'))
    expect(payload).not.toContain('annotations')
  })

  test('is inverted by parsePayload() in either order', () => {
    const text = fc.string({ unit: 'grapheme' })
    const annotated = fc.dictionary(text, text, { minKeys: 1, noNullPrototype: true })
    fc.assert(
      fc.property(annotated, fc.constantFrom('sorted', 'declared'), (all, order) => {
        const targetArtifact = { ...TARGET_ARTIFACT, annotations: all }
        const bytes = encodePayload(targetArtifact, order)
        expect(parsePayload(PAYLOAD_CONTENT_TYPE, bytes)).toEqual({ targetArtifact })
      }),
    )
  })
})

describe('parsePayload()', () => {
  test.each([
    ['', 'content not present'],
    ['[]', 'Cannot read payload: it is not an object'],
    ['{}', 'Cannot read payload: Cannot read a descriptor: it is not an object'],
    [
      '{"TargetArtifact":{}}',
      'Cannot read payload: "TargetArtifact" differs from a name in case only',
    ],
    [
      '{"targetArtifact":{"DIGEST":""}}',
      'Cannot read payload: "DIGEST" differs from a name in case only',
    ],
    [
      '{"targetArtifact":{',
      'Cannot read payload: Cannot read JSON: a member needs a name, at character 19',
    ],
  ])('refuses %j', (text, message) => {
    expect(() => parsePayload(PAYLOAD_CONTENT_TYPE, encodeUtf8(text))).toThrow(
      new NotationError('envelope-malformed', message),
    )
  })

  test('refuses another content type', () => {
    expect(() => parsePayload('text/plain', encodePayload(TARGET_ARTIFACT, 'sorted'))).toThrow(
      new NotationError('envelope-malformed', 'payload content type "text/plain" not supported'),
    )
  })

  test('reads any bytes or throws a NotationError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(encodeUtf8)), (bytes) => {
        try {
          parsePayload(PAYLOAD_CONTENT_TYPE, bytes)
        } catch (error) {
          if (!isNotationError(error, 'envelope-malformed')) throw error
        }
      }),
    )
  })
})
