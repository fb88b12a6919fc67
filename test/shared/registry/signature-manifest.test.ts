import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { isNotationError } from '../../../shared/errors.ts'
import {
  encodeSignatureManifest,
  parseSignatureManifest,
} from '../../../shared/registry/signature-manifest.ts'

const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const ARTIFACT_MANIFEST = 'application/vnd.oci.artifact.manifest.v1+json'
const SIGNATURE = 'application/vnd.cncf.notary.signature'
const ENVELOPE = {
  mediaType: 'application/jose+json',
  digest: `sha256:${'ab'.repeat(32)}`,
  size: 2085,
}
const SUBJECT = { mediaType: IMAGE_MANIFEST, digest: `sha256:${'cd'.repeat(32)}`, size: 582 }
const EMPTY_DIGEST = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'

it('encodeSignatureManifest() writes the OCI 1.1 form of signature-specification.md §OCI Signatures', () => {
  const bytes = encodeSignatureManifest({
    subject: { ...SUBJECT, annotations: { not: 'repeated' } },
    envelope: ENVELOPE,
    thumbprints: ['aa', 'bb'],
    createdAt: new Date('2030-01-02T03:04:05.678Z'),
  })
  expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    artifactType: SIGNATURE,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: EMPTY_DIGEST,
      size: 2,
      data: 'e30=',
    },
    layers: [ENVELOPE],
    subject: SUBJECT,
    annotations: {
      'io.cncf.notary.x509chain.thumbprint#S256': '["aa","bb"]',
      'org.opencontainers.image.created': '2030-01-02T03:04:05Z',
    },
  })
  expect(parseSignatureManifest(IMAGE_MANIFEST, bytes)).toEqual(ENVELOPE)
})

it('parseSignatureManifest() reads the legacy form of notation 1.x', () => {
  const legacy = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: { mediaType: SIGNATURE, digest: EMPTY_DIGEST, size: 2 },
    layers: [ENVELOPE],
    subject: SUBJECT,
  }
  expect(parseSignatureManifest(IMAGE_MANIFEST, json(legacy))).toEqual(ENVELOPE)
})

it('parseSignatureManifest() reads an OCI artifact manifest', () => {
  const artifact = {
    mediaType: ARTIFACT_MANIFEST,
    artifactType: SIGNATURE,
    blobs: [ENVELOPE],
    subject: SUBJECT,
  }
  expect(parseSignatureManifest(ARTIFACT_MANIFEST, json(artifact))).toEqual(ENVELOPE)
})

it.each([
  ['no envelope', IMAGE_MANIFEST, { layers: [] }, 'exactly one signature envelope blob, got 0'],
  ['no list of layers', IMAGE_MANIFEST, {}, 'exactly one signature envelope blob, got 0'],
  [
    'two envelopes',
    IMAGE_MANIFEST,
    { layers: [ENVELOPE, ENVELOPE] },
    'signature manifest requries exactly one signature envelope blob, got 2',
  ],
  ['layers that are no list', IMAGE_MANIFEST, { layers: 'x' }, 'its "layers" is no list'],
  ['a list', IMAGE_MANIFEST, [], 'it is no JSON object'],
  ['an index', 'application/vnd.oci.image.index.v1+json', {}, 'its media type is "application/'],
])('parseSignatureManifest() refuses %s', (_what, mediaType, manifest, found) => {
  expect(() => parseSignatureManifest(mediaType, json(manifest))).toThrow(
    expect.objectContaining({
      code: 'envelope-malformed',
      message: expect.stringContaining(found),
    }),
  )
})

it('parseSignatureManifest() reads any bytes or throws a NotationError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(encodeUtf8)), (bytes) => {
      try {
        parseSignatureManifest(IMAGE_MANIFEST, bytes)
      } catch (error) {
        expect(isNotationError(error)).toBe(true)
      }
    }),
  )
})

function json(value: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(value))
}
