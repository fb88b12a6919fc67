import { constants, verify as nodeVerify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decode } from 'cbor-x'
import { describe, expect, test, vi } from 'vitest'
import { KEY_SPEC_ENTRIES } from '../../../shared/algorithm.ts'
import { decodeUtf8 } from '../../../shared/bytes.ts'
import { parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { ENVELOPE_MEDIA_TYPES } from '../../../shared/envelope/media-type.ts'
import { verifyIntegrity } from '../../../shared/envelope/verify-integrity.ts'
import { NotationError } from '../../../shared/errors.ts'
import {
  type SignArtifactDeps,
  type SignArtifactRequest,
  signArtifact,
} from '../../../shared/sign/sign-artifact.ts'
import type { Signer } from '../../../shared/signer.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { createChainCache } from '../../../shared/x509/chain-cache.ts'
import { AT, buildChain } from '../../support/certificates.ts'
import { envelopeChain, sigStructure, TARGET_ARTIFACT } from '../../support/envelopes.ts'
import type { KeyName } from '../../support/keys.ts'
import { localSigner } from '../../support/local-signer.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const JWS = 'application/jose+json'
const COSE = 'application/cose'

function sign(request: Partial<SignArtifactRequest> = {}, deps: Partial<SignArtifactDeps> = {}) {
  return signArtifact(
    { descriptor: TARGET_ARTIFACT, keyId: 'my-key', mediaType: JWS, ...request },
    { signer: localSigner(envelopeChain()), crypto: nodeCrypto, now: () => AT, ...deps },
  )
}

/** A signer that counts what it is asked, over another. */
function countingSigner(inner: Signer) {
  const signMessage = vi.fn(inner.signMessage.bind(inner))
  return { signMessage, describeKey: inner.describeKey.bind(inner) }
}

describe('signArtifact() with a cache of chains', () => {
  test('verifies the signatures of a key’s chain once, and each of its own', async () => {
    const verify = vi.fn(nodeCrypto.verify)
    const deps = { crypto: { ...nodeCrypto, verify }, chains: createChainCache() }
    await sign({}, deps)
    const first = verify.mock.calls.length
    verify.mockClear()
    await sign({}, deps)
    expect([first, verify.mock.calls.length]).toEqual([5, 1])
  })

  test('refuses a chain that it knows once a certificate of it has ended', async () => {
    const deps = { chains: createChainCache() }
    await sign({}, deps)
    const later = new Date(Date.UTC(2100, 0, 1))
    await expect(sign({}, { ...deps, now: () => later })).rejects.toMatchObject({
      code: 'chain-invalid',
      message: expect.stringContaining('was invalid at signing time of 2100-01-01'),
    })
  })
})

describe('signArtifact()', () => {
  test.each(
    ENVELOPE_MEDIA_TYPES.flatMap((mediaType) =>
      KEY_SPEC_ENTRIES.map((entry) => ({ mediaType, entry, keySpec: entry.keySpec })),
    ),
  )(
    'makes $mediaType with a key of $keySpec that node:crypto verifies',
    async ({ mediaType, entry }) => {
      const key = entry.keySpec.replace('EC-', 'P-').replace('RSA-', 'rsa-') as KeyName
      const chain = buildChain({ leaf: { key } })
      const signed = await sign({ mediaType }, { signer: localSigner(chain), crypto: webCrypto })
      const { message, signature, certificates } = readWithLibraries(mediaType, signed.envelope)
      const { publicKey } = new X509Certificate(certificates[0] ?? '')
      const options =
        entry.scheme.name === 'ECDSA'
          ? { dsaEncoding: 'ieee-p1363' as const }
          : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: entry.scheme.saltBytes }
      expect(nodeVerify(entry.hash, message, { key: publicKey, ...options }, signature)).toBe(true)
      expect(signature).toHaveLength(entry.signatureBytes)
      expect(certificates.map((der) => new Uint8Array(der))).toEqual(chain.certificates)
      expect(signed.content.keySpec).toBe(entry)
    },
  )

  test('writes a JWS envelope member by member as notation does', async () => {
    const { envelope } = await sign(
      { expirySeconds: 60 },
      { timestamp: async () => Uint8Array.of(1, 2, 3) },
    )
    const text = decodeUtf8(envelope)
    expect(text).toMatch(
      /^\{"payload":"[\w-]+","protected":"[\w-]+","header":\{"io\.cncf\.notary\.timestampSignature":"AQID","x5c":\["[\w+/=]+","[\w+/=]+"\],"io\.cncf\.notary\.signingAgent":"[^"]+"\},"signature":"[\w-]+"\}$/,
    )
    const { protected: header } = JSON.parse(text)
    expect(Buffer.from(header, 'base64url').toString()).toBe(
      '{"alg":"ES256","crit":["io.cncf.notary.signingScheme","io.cncf.notary.expiry"],"cty":"application/vnd.cncf.notary.payload.v1+json",' +
        '"io.cncf.notary.expiry":"2030-01-02T03:05:05Z","io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"2030-01-02T03:04:05Z"}',
    )
  })

  test('writes a COSE envelope label by label as notation does', async () => {
    const { envelope } = await sign(
      { mediaType: COSE, expirySeconds: 60 },
      { timestamp: async () => Uint8Array.of(1, 2, 3) },
    )
    expect([...envelope.subarray(0, 2)]).toEqual([0xd2, 0x84])
    const [header, unprotected] = decode(envelope).value
    expect(Buffer.from(header).toString('hex')).toMatch(/^a6012602/)
    expect(Buffer.from(header).toString('latin1')).toContain('io.cncf.notary.expiry\xc1\x1a')
    expect(Object.keys(unprotected)).toEqual([
      '33',
      'io.cncf.notary.signingAgent',
      'io.cncf.notary.timestampSignature',
    ])
  })

  test('cuts the signing time to seconds and reckons the expiry from it', async () => {
    const now = () => new Date('2030-01-02T03:04:05.999Z')
    for (const mediaType of ENVELOPE_MEDIA_TYPES) {
      const { content } = await sign({ mediaType, expirySeconds: 1 }, { now })
      expect(content.attributes.signingTime).toEqual(new Date('2030-01-02T03:04:05Z'))
      expect(content.attributes.expiry).toEqual(new Date('2030-01-02T03:04:06Z'))
    }
  })

  test.each(['2039-01-01T00:00:00Z', '2106-02-07T06:28:17Z'])(
    'signs at %s, beyond 32 bits of seconds',
    async (text) => {
      const validity = {
        notBefore: new Date('2020-01-01T00:00:00Z'),
        notAfter: new Date('2120-01-01T00:00:00Z'),
      }
      const chain = buildChain({ length: 2, leaf: validity, root: validity })
      const now = () => new Date(text)
      const { content } = await sign(
        { mediaType: COSE, expirySeconds: 1 },
        { signer: localSigner(chain), now },
      )
      expect(content.attributes.signingTime).toEqual(new Date(text))
    },
  )

  test('signs with an expiry in the last second of the year 9999', async () => {
    const expirySeconds = (Date.parse('9999-12-31T23:59:59Z') - AT.getTime()) / 1000
    const { content } = await sign({ expirySeconds })
    expect(content.attributes.expiry).toEqual(new Date('9999-12-31T23:59:59Z'))
    await expect(sign({ expirySeconds: expirySeconds + 1 })).rejects.toThrow('beyond the year 9999')
  })

  test('leaves the expiry out for 0 seconds', async () => {
    const { content } = await sign({ expirySeconds: 0 })
    expect(content.attributes).not.toHaveProperty('expiry')
  })

  test('signs media type, digest, size and annotations, with the user metadata among these', async () => {
    const descriptor = {
      ...TARGET_ARTIFACT,
      annotations: { a: '1' },
      artifactType: 'x/y',
      urls: [],
    }
    const { envelope, content } = await sign({ descriptor, userMetadata: { build: '42' } })
    const wanted = { ...TARGET_ARTIFACT, annotations: { a: '1', build: '42' } }
    expect(content.payload).toEqual({ targetArtifact: wanted })
    const { payload } = JSON.parse(decodeUtf8(envelope))
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      targetArtifact: wanted,
    })
  })

  test('names itself with the version of the package, or as asked', async () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    )
    expect((await sign()).content.signingAgent).toBe(`notation-digicert-stm/${version}`)
    expect((await sign({ signingAgent: 'other/2' })).content.signingAgent).toBe('other/2')
  })

  test('asks for a timestamp over the signature with the hash of the key spec', async () => {
    const timestamp = vi.fn(async () => Uint8Array.of(1, 2, 3))
    const signer = localSigner(buildChain({ leaf: { key: 'P-384' }, length: 2 }))
    const { content } = await sign({}, { signer, timestamp })
    expect(timestamp.mock.calls).toEqual([['SHA-384', content.signature]])
    expect(content.timestampToken).toEqual(Uint8Array.of(1, 2, 3))
  })

  test('fails with the error of the timestamp', async () => {
    const error = new NotationError('timestamp-unavailable', 'Cannot fetch timestamp')
    await expect(sign({}, { timestamp: () => Promise.reject(error) })).rejects.toBe(error)
  })

  test.each([
    [{ expirySeconds: -1 }, 'expiry duration cannot be a negative value'],
    [{ expirySeconds: 1.5 }, 'expiry duration supports minimum granularity of seconds'],
    [{ expirySeconds: 10 ** 12 }, 'expiry duration reaches beyond the year 9999'],
    [{ expirySeconds: Number.MAX_SAFE_INTEGER }, 'expiry duration reaches beyond the year 9999'],
    [
      { userMetadata: { 'io.cncf.notary.x': '1' } },
      'error adding user metadata: metadata key io.cncf.notary.x has reserved prefix io.cncf.notary',
    ],
    [
      { descriptor: { ...TARGET_ARTIFACT, digest: 'sha256:short' } },
      'Cannot sign: the bytes are no Notary Project signing input for a key of EC-256: Cannot read payload: Cannot read a descriptor: "digest" is not a digest',
    ],
  ])('refuses %j and asks for no signature', async (request, message) => {
    const signer = countingSigner(localSigner(envelopeChain()))
    await expect(sign(request, { signer })).rejects.toThrow(
      new NotationError('request-invalid', message),
    )
    expect(signer.signMessage).not.toHaveBeenCalled()
  })

  test('refuses a chain that is not valid at the signing time and asks for no signature', async () => {
    const chain = buildChain({ length: 2, leaf: { notAfter: new Date('2030-01-02T03:04:04Z') } })
    const signer = countingSigner(localSigner(chain))
    await expect(sign({}, { signer })).rejects.toThrow(
      new NotationError(
        'chain-invalid',
        'certificate-chain is invalid, certificate with subject "CN=Acme Code Signing,O=Acme\\\\, Inc.,L=Lehi,ST=UT,C=US" was invalid at signing time of 2030-01-02 03:04:05 +0000 UTC. Certificate is valid from [2029-09-24 03:04:05 +0000 UTC] to [2030-01-02 03:04:04 +0000 UTC]',
      ),
    )
    expect(signer.signMessage).not.toHaveBeenCalled()
  })

  test.each(ENVELOPE_MEDIA_TYPES)(
    'refuses what a signer answers when it does not verify (%s)',
    async (mediaType) => {
      const signer = {
        ...localSigner(envelopeChain()),
        signMessage: () => new Uint8Array(64).fill(1),
      }
      const verification = sign({ mediaType }, { signer })
      await expect(verification).rejects.toMatchObject({ code: 'signer-answer-invalid' })
      await expect(verification).rejects.toThrow(
        'generated signature failed verification: signature is invalid.',
      )
    },
  )

  test('refuses a key spec that is not that of the leaf', async () => {
    const inner = localSigner(envelopeChain())
    const describeKey = async (keyId: string) => ({
      ...(await inner.describeKey(keyId)),
      keySpec: 'EC-384' as const,
    })
    await expect(sign({}, { signer: { ...inner, describeKey } })).rejects.toMatchObject({
      code: 'signer-answer-invalid',
    })
  })

  test('answers what verifyIntegrity() gives for the envelope', async () => {
    for (const mediaType of ENVELOPE_MEDIA_TYPES) {
      const { envelope, content } = await sign({
        mediaType,
        expirySeconds: 60,
        userMetadata: { a: 'ü' },
      })
      expect(await verifyIntegrity(parseEnvelope(mediaType, envelope), nodeCrypto)).toEqual(content)
    }
  })
})

/** The bytes that were signed, the signature and the chain, read without the code under test. */
function readWithLibraries(mediaType: string, envelope: Uint8Array) {
  if (mediaType === COSE) {
    const [header, unprotected, payload, signature] = decode(envelope).value
    const certificates: readonly Uint8Array[] = unprotected[33]
    return {
      message: sigStructure(header, payload),
      signature: new Uint8Array(signature),
      certificates,
    }
  }
  const {
    payload,
    protected: header,
    signature,
    header: unprotected,
  } = JSON.parse(decodeUtf8(envelope))
  const x5c: readonly string[] = unprotected.x5c
  return {
    message: Buffer.from(`${header}.${payload}`),
    signature: new Uint8Array(Buffer.from(signature, 'base64url')),
    certificates: x5c.map((text) => Buffer.from(text, 'base64')),
  }
}
