import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { KEY_SPEC_ENTRIES } from '../../../shared/algorithm.ts'
import { parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { type SignedContent, verifyIntegrity } from '../../../shared/envelope/verify-integrity.ts'
import { isNotationError, NotationError } from '../../../shared/errors.ts'
import { MAX_CHAIN_CERTIFICATES, MAX_ENVELOPE_BYTES } from '../../../shared/limits.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { AT, buildChain, issueLeaf } from '../../support/certificates.ts'
import {
  envelopeChain,
  makeCose,
  makeJws,
  signMessage,
  TARGET_ARTIFACT,
} from '../../support/envelopes.ts'
import type { KeyName } from '../../support/keys.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const JWS = 'application/jose+json'
const COSE = 'application/cose'
const FORMATS = [
  { mediaType: JWS, make: makeJws },
  { mediaType: COSE, make: makeCose },
] as const

async function verify(
  mediaType: string,
  bytes: Uint8Array,
  crypto = nodeCrypto,
): Promise<SignedContent> {
  return verifyIntegrity(parseEnvelope(mediaType, bytes), crypto)
}

describe.each(FORMATS)('verifyIntegrity() of $mediaType', ({ mediaType, make }) => {
  test.each(KEY_SPEC_ENTRIES)('gives what a key of $keySpec signed', async (entry) => {
    const key = entry.keySpec.replace('EC-', 'P-').replace('RSA-', 'rsa-') as KeyName
    const built = buildChain({ leaf: { key } })
    for (const crypto of [nodeCrypto, webCrypto]) {
      const content = await verify(mediaType, make({ chain: built }), crypto)
      expect(content).toMatchObject({
        mediaType,
        keySpec: entry,
        payload: { targetArtifact: TARGET_ARTIFACT },
        attributes: { signingScheme: 'notary.x509', signingTime: AT, extended: [] },
        signingAgent: 'test/1',
      })
      expect(content.chain.map(({ raw }) => raw)).toEqual(built.certificates)
      expect(content.timestampToken).toBeUndefined()
    }
  })

  test('refuses an envelope with any one byte changed, unless the byte is not signed', async () => {
    const bytes = make()
    const signed = await verify(mediaType, bytes)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const changed = bytes.with(at, (bytes[at] ?? 0) ^ change)
          const content = await verify(mediaType, changed).catch((error: unknown) => {
            if (isNotationError(error)) return undefined
            throw error
          })
          if (content === undefined) return
          expect({ ...content, signingAgent: '' }).toEqual({ ...signed, signingAgent: '' })
        },
      ),
      { numRuns: 400 },
    )
  })

  test('reads any bytes or throws a NotationError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const prefixed = mediaType === COSE ? Uint8Array.of(0xd2, 0x84, ...bytes) : bytes
        await expect(verify(mediaType, prefixed)).rejects.toThrow(NotationError)
      }),
    )
  })

  test('refuses a chain that may not sign code', async () => {
    const chain = buildChain({ leaf: { keyUsage: ['digitalSignature', 'keyEncipherment'] } })
    await expect(verify(mediaType, make({ chain }))).rejects.toThrow(
      new NotationError(
        'chain-invalid',
        'certificate-chain is invalid, the certificate with subject "CN=Acme Code Signing,O=Acme\\\\, Inc.,L=Lehi,ST=UT,C=US" is invalid. The key usage must be "Digital Signature" only, but found "KeyEncipherment"',
      ),
    )
  })

  test('refuses a chain without its root', async () => {
    const chain = buildChain()
    const certificates = chain.certificates.slice(0, -1)
    await expect(verify(mediaType, make({ chain, certificates }))).rejects.toMatchObject({
      code: 'chain-invalid',
    })
  })

  test('does not look at when the certificates are valid', async () => {
    const chain = buildChain({ leaf: { notAfter: new Date('2030-01-01T00:00:00Z') } })
    await expect(verify(mediaType, make({ chain }))).resolves.toBeDefined()
  })

  test('refuses an issuer that is no certificate', async () => {
    const [leaf] = envelopeChain().certificates
    if (leaf === undefined) expect.fail()
    const certificates = [leaf, Uint8Array.of(0x30, 0x80)]
    await expect(verify(mediaType, make({ certificates }))).rejects.toThrow(
      new NotationError(
        'envelope-malformed',
        'Cannot read certificate: a length is indefinite (byte 0)',
      ),
    )
  })

  test('refuses a certificate of another key', async () => {
    const other = buildChain({ length: 2 })
    await expect(
      verify(mediaType, make({ certificates: other.certificates })),
    ).rejects.toMatchObject({
      code: 'signature-mismatch',
    })
  })

  test.each([
    ['rsa-2047', 'rsa key size 2047 bits is not supported'],
    ['P-224', 'ecdsa key size 224 bits is not supported'],
    ['Ed25519', 'unsupported public key type'],
  ] as const)('refuses a leaf with a %s key', async (key, message) => {
    const { der } = issueLeaf({ key })
    await expect(verify(mediaType, make({ certificates: [der] }))).rejects.toThrow(
      new NotationError('key-unsupported', message),
    )
  })

  test.each([
    [0, 'pss-salt-length: 0 bytes'],
    [20, 'pss-salt-length: 20 bytes'],
    [64, 'pss-salt-length: 64 bytes'],
    [222, 'pss-salt-length: 222 bytes'],
    [33, undefined],
  ])(
    'refuses an RSASSA-PSS salt of %d bytes and names the length where libraries make it',
    async (saltBytes, reason) => {
      const chain = buildChain({ leaf: { key: 'rsa-2048' }, length: 2 })
      const sign = (message: Uint8Array) => signMessage(chain, message, saltBytes)
      const error = mediaType === JWS ? 'crypto/rsa: verification error' : 'verification error'
      const found = reason === undefined ? '' : ` (${reason}, wanted as many as the hash)`
      await expect(verify(mediaType, make({ chain, sign }))).rejects.toThrow(
        new NotationError('signature-mismatch', `signature is invalid. Error: ${error}${found}`),
      )
    },
  )
})

describe('verifyIntegrity()', () => {
  test.each([
    [
      JWS,
      makeJws({ chain: rsaChain(), header: { alg: 'PS512' } }),
      'mismatch between signature algorithm derived from signing certificate (1) and signing algorithm specified (3s)',
    ],
    [
      JWS,
      makeJws({ chain: rsaChain(), header: { alg: 'ES256' } }),
      'signature is invalid. Error: key is of invalid type',
    ],
    [JWS, makeJws({ header: { alg: 'PS256' } }), 'signature is invalid. Error: key is invalid'],
  ] as const)(
    'names an algorithm that does not fit the key (%s)',
    async (mediaType, bytes, message) => {
      await expect(verify(mediaType, bytes)).rejects.toThrow(
        new NotationError('signature-mismatch', message),
      )
    },
  )
})

describe('verifyIntegrity() of a failed ECDSA signature', () => {
  test('checks it once: it has no salt to look for', async () => {
    const check = vi.fn(nodeCrypto.verify)
    const envelope = makeJws({ sign: () => new Uint8Array(64).fill(1) })
    const verification = verify(JWS, envelope, { ...nodeCrypto, verify: check })
    await expect(verification).rejects.toMatchObject({ code: 'signature-mismatch' })
    expect(check).toHaveBeenCalledOnce()
  })
})

describe('parseEnvelope()', () => {
  test('refuses a media type that it does not know', () => {
    expect(() => parseEnvelope('application/"x"', makeJws())).toThrow(
      new NotationError(
        'envelope-malformed',
        'signature envelope format with media type "application/\\"x\\"" is not supported',
      ),
    )
  })

  test.each([JWS, COSE])('refuses nothing, and more than its limit, as %s', (mediaType) => {
    expect(() => parseEnvelope(mediaType, new Uint8Array())).toThrow(
      new NotationError('envelope-malformed', 'signature envelope is not present'),
    )
    expect(() => parseEnvelope(mediaType, new Uint8Array(MAX_ENVELOPE_BYTES + 1))).toThrow(
      new NotationError(
        'envelope-malformed',
        `Cannot read envelope: it takes ${MAX_ENVELOPE_BYTES + 1} bytes, wanted at most ${MAX_ENVELOPE_BYTES}`,
      ),
    )
  })

  test.each(FORMATS)(
    'refuses more certificates than a chain can have in $mediaType',
    ({ mediaType, make }) => {
      const certificates = Array(MAX_CHAIN_CERTIFICATES + 1).fill(Uint8Array.of(1))
      expect(() => parseEnvelope(mediaType, make({ certificates }))).toThrow(
        new NotationError(
          'envelope-malformed',
          'Cannot read envelope: it has 11 certificates, wanted at most 10',
        ),
      )
    },
  )

  test('refuses one form under the media type of the other', () => {
    expect(() => parseEnvelope(COSE, makeJws())).toThrow('cbor: invalid COSE_Sign1_Tagged object')
    expect(() => parseEnvelope(JWS, makeCose())).toThrow(
      'Cannot read envelope: Cannot read text: the bytes are not valid UTF-8',
    )
  })
})

function rsaChain() {
  return buildChain({ leaf: { key: 'rsa-2048' }, length: 2 })
}
