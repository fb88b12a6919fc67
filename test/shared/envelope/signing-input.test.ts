import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KEY_SPEC_ENTRIES, KEY_SPECS } from '../../../shared/algorithm.ts'
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../../shared/bytes.ts'
import type { AttributeKey, SignedAttributes } from '../../../shared/envelope/attributes.ts'
import { assembleEnvelope, parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { ENVELOPE_MEDIA_TYPES } from '../../../shared/envelope/media-type.ts'
import { PAYLOAD_CONTENT_TYPE } from '../../../shared/envelope/payload.ts'
import { encodeSigningInput, parseSigningInput } from '../../../shared/envelope/signing-input.ts'
import { isNotationError, NotationError } from '../../../shared/errors.ts'
import { AT } from '../../support/certificates.ts'
import { envelopeChain, sigStructure, TARGET_ARTIFACT } from '../../support/envelopes.ts'
import { rawArray, rawBytes, rawText } from '../../support/raw-cbor.ts'

const JWS = 'application/jose+json'
const COSE = 'application/cose'
const KEY_SPEC = KEY_SPECS['EC-256']
const PLAIN: SignedAttributes = {
  contentType: PAYLOAD_CONTENT_TYPE,
  signingScheme: 'notary.x509',
  signingTime: AT,
  extended: [],
}

function makeInput(mediaType: typeof JWS | typeof COSE, attributes = PLAIN) {
  return encodeSigningInput(mediaType, {
    targetArtifact: TARGET_ARTIFACT,
    attributes,
    keySpec: KEY_SPEC,
  })
}

describe('encodeSigningInput()', () => {
  test('writes the protected header of a JWS with sorted members (signature-envelope-jws.md)', () => {
    const attributes: SignedAttributes = {
      ...PLAIN,
      expiry: new Date('2030-01-03T03:04:05Z'),
      extended: [
        { key: 'com.example.b', value: 1, critical: true },
        { key: 'com.example.a', value: 'x', critical: false },
      ],
      verificationPlugin: 'p',
    }
    expect(decodeUtf8(makeInput(JWS, attributes).protectedHeader)).toBe(
      '{"alg":"ES256","com.example.a":"x","com.example.b":1,' +
        '"crit":["io.cncf.notary.signingScheme","com.example.b","io.cncf.notary.verificationPlugin","io.cncf.notary.expiry"],' +
        '"cty":"application/vnd.cncf.notary.payload.v1+json","io.cncf.notary.expiry":"2030-01-03T03:04:05Z",' +
        '"io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"2030-01-02T03:04:05Z",' +
        '"io.cncf.notary.verificationPlugin":"p"}',
    )
  })

  test('is inverted by parseSigningInput() for both forms, both schemes and every key spec', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ENVELOPE_MEDIA_TYPES),
        fc.constantFrom(...KEY_SPEC_ENTRIES),
        anyAttributes(),
        (mediaType, keySpec, attributes) => {
          const content = { targetArtifact: TARGET_ARTIFACT, attributes, keySpec }
          const read = parseSigningInput(encodeSigningInput(mediaType, content).bytes, keySpec)
          expect(byKey(read.attributes)).toEqual(byKey(attributes))
          expect(read).toMatchObject({ mediaType, targetArtifact: TARGET_ARTIFACT })
        },
      ),
    )
  })

  test('gives the parts that assembleEnvelope() takes and parseEnvelope() gives back', () => {
    const unsigned = fc.record(
      {
        signature: fc.uint8Array({ minLength: 1 }),
        certificates: fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1, maxLength: 10 }),
        timestampToken: fc.uint8Array({ minLength: 1 }),
        signingAgent: fc.string({ unit: 'grapheme' }),
      },
      { requiredKeys: ['signature', 'certificates'], noNullPrototype: true },
    )
    fc.assert(
      fc.property(fc.constantFrom(...ENVELOPE_MEDIA_TYPES), unsigned, (mediaType, parts) => {
        const { bytes, ...signed } = makeInput(mediaType)
        const envelope = assembleEnvelope(mediaType, { ...signed, ...parts })
        const wanted = { mediaType, ...signed, ...parts, signingInput: bytes }
        expect(parseEnvelope(mediaType, envelope)).toEqual(wanted)
      }),
    )
  })
})

describe('parseSigningInput()', () => {
  test.each([JWS, COSE] as const)('gives what %s input says', (mediaType) => {
    expect(parseSigningInput(makeInput(mediaType).bytes, KEY_SPEC)).toEqual({
      mediaType,
      attributes: PLAIN,
      targetArtifact: TARGET_ARTIFACT,
    })
  })

  const jws = (header: object, payload: object) =>
    encodeUtf8(
      [header, payload]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.'),
    )
  const header = JSON.parse(decodeUtf8(makeInput(JWS).protectedHeader))
  const { protectedHeader, payload } = makeInput(COSE)
  const external = rawBytes(Uint8Array.of(1))

  test.each<readonly [string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'it is not two texts with a dot between them'],
    ['a digest', new Uint8Array(32).fill(7), 'it is not two texts with a dot between them'],
    [
      'a TBSCertificate',
      envelopeChain().chain[0]?.tbs ?? new Uint8Array(),
      'the bytes are not valid UTF-8',
    ],
    [
      'a JWT for some API',
      jws({ alg: 'ES256', typ: 'JWT' }, { sub: 'admin' }),
      'missing "crit" header',
    ],
    [
      'a JWT that carries our header',
      jws(header, { sub: 'admin' }),
      'Cannot read a descriptor: it is not an object',
    ],
    [
      'a whole JWS in compact form',
      concatBytes(makeInput(JWS).bytes, encodeUtf8('.AQID')),
      'it is not two texts with a dot between them',
    ],
    [
      'JWS input with a line break',
      concatBytes(makeInput(JWS).bytes, encodeUtf8('\n')),
      'Cannot read base64url',
    ],
    [
      'JWS input of another algorithm',
      jws({ ...header, alg: 'ES384' }, { targetArtifact: TARGET_ARTIFACT }),
      'verification error',
    ],
    [
      'JWS input with an unknown critical attribute',
      jws(
        { ...header, b64: false, crit: [...header.crit, 'b64'] },
        { targetArtifact: TARGET_ARTIFACT },
      ),
      'unknown critical attribute "b64"',
    ],
    [
      'JWS input of another content type',
      jws({ ...header, cty: 'JWT' }, { targetArtifact: TARGET_ARTIFACT }),
      'payload content type "JWT" not supported',
    ],
    [
      'a Sig_structure with external data',
      rawArray(rawText('Signature1'), rawBytes(protectedHeader), external, rawBytes(payload)),
      'it is not the Sig_structure of a COSE_Sign1',
    ],
    [
      'a Sig_structure of a COSE_Sign',
      rawArray(
        rawText('Signature'),
        rawBytes(protectedHeader),
        rawBytes(new Uint8Array()),
        rawBytes(payload),
      ),
      'it is not the Sig_structure of a COSE_Sign1',
    ],
    [
      'a countersignature',
      rawArray(
        rawText('CounterSignature'),
        rawBytes(protectedHeader),
        rawBytes(new Uint8Array()),
        rawBytes(payload),
      ),
      'it is not the Sig_structure of a COSE_Sign1',
    ],
    [
      'a Sig_structure with a byte behind it',
      concatBytes(sigStructure(protectedHeader, payload), Uint8Array.of(0)),
      'there is more behind the value',
    ],
    [
      'a Sig_structure with another payload',
      sigStructure(protectedHeader, encodeUtf8('{}')),
      'Cannot read a descriptor: it is not an object',
    ],
    [
      'a Sig_structure without header',
      sigStructure(new Uint8Array(), payload),
      'invalid signingScheme',
    ],
  ])('refuses %s', (_, bytes, reason) => {
    const parse = () => parseSigningInput(bytes, KEY_SPEC)
    expect(parse).toThrow(NotationError)
    expect(parse).toThrow(expect.objectContaining({ code: 'request-invalid' }))
    expect(parse).toThrow(
      'Cannot sign: the bytes are no Notary Project signing input for a key of EC-256: ',
    )
    expect(parse).toThrow(reason)
  })

  test.each([JWS, COSE] as const)('refuses %s input for a key of any other kind', (mediaType) => {
    for (const keySpec of KEY_SPEC_ENTRIES.filter((entry) => entry !== KEY_SPEC))
      expect(() => parseSigningInput(makeInput(mediaType).bytes, keySpec)).toThrow(
        `Cannot sign: the bytes are no Notary Project signing input for a key of ${keySpec.keySpec}`,
      )
  })

  test('reads any bytes or throws a NotationError', () => {
    const near = fc
      .tuple(fc.constantFrom(JWS, COSE), fc.nat(), fc.nat(255))
      .map(([mediaType, at, byte]) => {
        const { bytes } = makeInput(mediaType)
        return bytes.with(at % bytes.length, byte)
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), near), (bytes) => {
        try {
          parseSigningInput(bytes, KEY_SPEC)
        } catch (error) {
          if (!isNotationError(error, 'request-invalid')) throw error
        }
      }),
      { numRuns: 500 },
    )
  })
})

function anyAttributes(): fc.Arbitrary<SignedAttributes> {
  const second = fc
    .integer({ min: 0, max: 200 * 365 * 86_400 })
    .map((seconds) => new Date(seconds * 1000))
  const key = fc.stringMatching(/^com\.example\.[a-z]{1,40}$/)
  const extended = fc.uniqueArray(
    fc.record(
      {
        key,
        value: fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean()),
        critical: fc.boolean(),
      },
      { noNullPrototype: true },
    ),
    { selector: (attribute) => attribute.key, maxLength: 4 },
  )
  return fc
    .record({
      second,
      lifetime: fc.option(fc.integer({ min: 1, max: 10 ** 9 })),
      extended,
      isAuthority: fc.boolean(),
      plugin: fc.option(key),
    })
    .map(({ second: at, lifetime, extended: all, isAuthority, plugin }) => ({
      contentType: PAYLOAD_CONTENT_TYPE,
      ...(isAuthority
        ? { signingScheme: 'notary.x509.signingAuthority' as const, authenticSigningTime: at }
        : { signingScheme: 'notary.x509' as const, signingTime: at }),
      ...(lifetime === null ? {} : { expiry: new Date(at.getTime() + lifetime * 1000) }),
      extended: plugin === null ? all.map((attribute) => ({ ...attribute, critical: false })) : all,
      ...(plugin === null
        ? {}
        : { verificationPlugin: plugin, verificationPluginMinVersion: '1.0.0' }),
    }))
}

/** Extended attributes come in the order of the header. */
function byKey(attributes: SignedAttributes): SignedAttributes {
  const sortKey = ({ key }: { readonly key: AttributeKey }) => String(key)
  return {
    ...attributes,
    extended: attributes.extended.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
  }
}
