import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../../shared/base64.ts'
import { parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { verifyIntegrity } from '../../../shared/envelope/verify-integrity.ts'
import { isNotationError, type NotationError } from '../../../shared/errors.ts'
import { COSE_CASES } from '../../support/cose-cases.ts'
import { COSE_STRUCTURE_CASES } from '../../support/cose-structure-cases.ts'
import { JWS_CASES } from '../../support/jws-cases.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

interface JudgedCase {
  readonly name: string
  readonly mediaType: string
  /** Base64. */
  readonly envelope: string
  /** The reference implementation's, null when it accepts. */
  readonly error: string | null
  readonly stricter?: string
}

/** Texts of Go's decoders, which name Go's types and its way to read. */
const DECODER_TEXT =
  /json: |cbor: (?!invalid COSE|.* header parameter: (?:alg|content type|kid|crit: (?!require)))|base64|character|EOF|JSON input|Time\.|parsing time|Algorithm\("/
/** Where our own reading order finds another fault, or the same in a word of its own. */
const OTHER_WORDS = new Set([
  'JWS: no signature',
  'JWS: an empty signature',
  'COSE: an empty protected header',
  'COSE: no signature',
  'COSE: an algorithm that the Notary Project has not',
  'COSE: an IV with a partial IV in the other header',
])

const { cases }: { readonly cases: readonly JudgedCase[] } = JSON.parse(
  readFileSync(new URL('../../vectors/envelope/cases.json', import.meta.url), 'utf8'),
)

async function refusalOf(
  mediaType: string,
  envelope: Uint8Array,
): Promise<NotationError | undefined> {
  try {
    await verifyIntegrity(parseEnvelope(mediaType, envelope), nodeCrypto)
    return undefined
  } catch (error) {
    if (isNotationError(error)) return error
    throw error
  }
}

describe('test/vectors/envelope/cases.json', () => {
  test('holds every case, with the reference implementation accepting where we are stricter', () => {
    const names = [...JWS_CASES, ...COSE_CASES, ...COSE_STRUCTURE_CASES].map(({ name }) => name)
    expect(cases.map(({ name }) => name)).toEqual(names)
    expect(cases.filter(({ stricter, error }) => stricter !== undefined && error !== null)).toEqual(
      [],
    )
  })
})

describe('verifyIntegrity()', () => {
  test.each(cases.filter(({ error, stricter }) => error === null && stricter === undefined))(
    'accepts as the reference does: $name',
    async ({ mediaType, envelope }) => {
      expect(await refusalOf(mediaType, decodeBase64(envelope))).toBeUndefined()
    },
  )

  test.each(cases.filter(({ error }) => error !== null))(
    'refuses as the reference does: $name',
    async ({ name, mediaType, envelope, error }) => {
      const refusal = await refusalOf(mediaType, decodeBase64(envelope))
      expect(['envelope-malformed', 'signature-mismatch']).toContain(refusal?.code)
      if (DECODER_TEXT.test(error ?? '') || OTHER_WORDS.has(name)) return
      expect(refusal?.message).toBe(error)
    },
  )

  test.each(cases.filter(({ stricter }) => stricter !== undefined))(
    'is stricter than the reference: $name ($stricter)',
    async ({ mediaType, envelope }) => {
      const refusal = await refusalOf(mediaType, decodeBase64(envelope))
      expect(refusal?.code).toBe('envelope-malformed')
    },
  )
})
