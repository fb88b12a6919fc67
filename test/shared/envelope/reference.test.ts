import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../../shared/base64.ts'
import { decodeUtf8, equalBytes } from '../../../shared/bytes.ts'
import {
  assembleEnvelope,
  envelopeFormat,
  parseEnvelope,
} from '../../../shared/envelope/envelope.ts'
import { encodeSigningInput, parseSigningInput } from '../../../shared/envelope/signing-input.ts'
import { verifyIntegrity } from '../../../shared/envelope/verify-integrity.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

interface ReferenceEnvelope {
  readonly name: string
  readonly mediaType: 'application/jose+json' | 'application/cose'
  readonly keySpec: string
  /** Base64. */
  readonly envelope: string
}

const { envelopes }: { readonly envelopes: readonly ReferenceEnvelope[] } = JSON.parse(
  readFileSync(new URL('../../vectors/envelope/reference.json', import.meta.url), 'utf8'),
)

describe.each(envelopes)(
  'an envelope of notation-core-go ($mediaType, $keySpec, $name)',
  ({ mediaType, keySpec, envelope, name }) => {
    const bytes = decodeBase64(envelope)
    const parsed = parseEnvelope(mediaType, bytes)

    test('verifyIntegrity() reads what was signed', async () => {
      const content = await verifyIntegrity(parsed, nodeCrypto)
      expect(content.keySpec.keySpec).toBe(keySpec)
      expect(content.signingAgent).toBe('reference/1.3.0')
      expect(content.payload.targetArtifact.annotations).toEqual({ build: '42', team: 'blue' })
      expect(content.attributes).toEqual(expectedAttributes(name))
    })

    test('assembleEnvelope() makes the same bytes of its parts', () => {
      expect(decodeUtf8Lossy(assembleEnvelope(mediaType, parsed))).toBe(decodeUtf8Lossy(bytes))
      expect(equalBytes(assembleEnvelope(mediaType, parsed), bytes)).toBe(true)
    })

    test('encodeSigningInput() makes the same bytes of its content', async () => {
      const { payload, attributes, keySpec: entry } = await verifyIntegrity(parsed, nodeCrypto)
      const { targetArtifact } = payload
      const input = encodeSigningInput(mediaType, { targetArtifact, attributes, keySpec: entry })
      expect(decodeUtf8(input.payload)).toBe(decodeUtf8(parsed.payload))
      expect(decodeUtf8Lossy(input.protectedHeader)).toBe(decodeUtf8Lossy(parsed.protectedHeader))
      expect(equalBytes(input.bytes, parsed.signingInput)).toBe(true)
    })

    test('parseSigningInput() recognises its signing input', async () => {
      const content = await verifyIntegrity(parsed, nodeCrypto)
      expect(parseSigningInput(parsed.signingInput, content.keySpec)).toEqual({
        mediaType,
        attributes: content.attributes,
        targetArtifact: content.payload.targetArtifact,
      })
      expect(envelopeFormat(mediaType).mediaType).toBe(mediaType)
    })
  },
)

function expectedAttributes(name: string): object {
  const at = new Date('2030-01-02T03:04:05Z')
  const expiry = new Date('2030-01-02T04:04:05Z')
  const contentType = 'application/vnd.cncf.notary.payload.v1+json'
  const plain = { contentType, signingScheme: 'notary.x509', signingTime: at, extended: [] }
  if (name === 'plain') return plain
  if (name === 'expiring') return { ...plain, expiry }
  return {
    contentType,
    signingScheme: 'notary.x509.signingAuthority',
    authenticSigningTime: at,
    expiry,
    extended: [{ key: 'com.example.note', value: 'for people', critical: false }],
    verificationPlugin: 'com.example.plugin',
  }
}

/** For a readable difference: bytes that are not text show as U+FFFD. */
function decodeUtf8Lossy(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
