import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReadSignature } from '../../functions/page/answers.ts'
import { visible } from '../../functions/page/site/elements.js'
import {
  linkTo,
  questionByEnvelope,
  readEnvelopeFile,
  referenceOfLink,
} from '../../functions/page/site/question.js'
import { MAX_ENVELOPE_BYTES } from '../../shared/limits.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const INSPECTED = {
  signatureAlgorithm: 'ECDSA-SHA-256' as const,
  signatureEnvelopeType: 'application/cose' as const,
  signedAttributes: {},
  userDefinedAttributes: null,
  unsignedAttributes: {},
  certificates: [],
  signedArtifact: { mediaType: 'a/b', digest: DIGEST, size: 7, annotations: { more: 'left out' } },
} satisfies ReadSignature

describe('questionByEnvelope()', () => {
  test.each([
    ['registry.example.com/team/app', `registry.example.com/team/app@${DIGEST}`],
    ['localhost:5000/team/app', `localhost:5000/team/app@${DIGEST}`],
    ['localhost:5000/team/app@sha256:other', 'localhost:5000/team/app@sha256:other'],
  ])('asks about what the envelope names in %s', (reference, artifactReference) => {
    expect(questionByEnvelope('AAAA', reference, INSPECTED)).toEqual({
      artifactReference,
      descriptor: { mediaType: 'a/b', digest: DIGEST, size: 7 },
      signature: { mediaType: 'application/cose', envelope: 'AAAA' },
    })
  })

  test('refuses a tag, of which an envelope says nothing', () => {
    expect(() => questionByEnvelope('AAAA', 'localhost:5000/team/app:v1', INSPECTED)).toThrow(
      /^Cannot verify an envelope by a tag: /,
    )
  })

  test.each([undefined, { error: { code: 'envelope-malformed', message: 'x' } }])(
    'refuses an envelope that cannot be read',
    (inspected) => {
      expect(() => questionByEnvelope('AAAA', 'a/b', inspected)).toThrow(
        'Cannot verify the file: it is no signature envelope that can be read',
      )
    },
  )
})

describe('readEnvelopeFile()', () => {
  test('reads any bytes as base64', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 30_000 }), async (bytes) => {
        const file = new File([Uint8Array.from(bytes)], 'a.jws')
        expect(await readEnvelopeFile(file)).toBe(Buffer.from(bytes).toString('base64'))
      }),
      { numRuns: 30 },
    )
  })

  test('refuses what is empty, or larger than the server takes, without reading it', async () => {
    await expect(readEnvelopeFile(new File([], 'a.jws'))).rejects.toThrow(
      'Cannot use the file: it is empty',
    )
    const large = { size: MAX_ENVELOPE_BYTES + 1, name: 'a.jws' } as File
    await expect(readEnvelopeFile(large)).rejects.toThrow(
      'Cannot use the file: it has 4194305 bytes, an envelope at most 4194304',
    )
  })
})

describe('linkTo()', () => {
  test('and referenceOfLink() are inverse for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (reference) => {
        expect(referenceOfLink(linkTo(reference))).toBe(reference)
      }),
    )
    expect(linkTo('a/b:v1')).toBe('#reference=a%2Fb%3Av1')
  })

  test.each(['', '#', '#other=1'])('%j names no reference', (fragment) => {
    expect(referenceOfLink(fragment)).toBe('')
  })
})

describe('visible()', () => {
  test('shows what turns or hides text', () => {
    expect(visible('a\u202egnp.exe\u200b\u0000\t')).toBe('a\\u202egnp.exe\\u200b\\u0000\\u0009')
    expect(visible('\u{e0041}')).toBe('\\ue0041')
  })

  test('leaves everything that shows as it is', () => {
    const text = 'CN=Müller & Søn,O=日本 <b>\n'
    expect(visible(text)).toBe(text)
  })
})
