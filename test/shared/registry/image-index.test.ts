import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { isImageIndex, parseImageIndex } from '../../../shared/registry/image-index.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const CHILD = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 528,
}
const ATTESTATION = { 'vnd.docker.reference.type': 'attestation-manifest' }

const parse = (document: unknown) => parseImageIndex(encodeUtf8(JSON.stringify(document)), INDEX)
const parseChild = (child: object) =>
  parse({ schemaVersion: 2, manifests: [{ ...CHILD, ...child }] })[0]

describe('parseImageIndex()', () => {
  test('reads what a signature binds of each child, with its platform', () => {
    const platform = { architecture: 'arm64', os: 'linux', variant: 'v8', 'os.version': '1' }
    const children = [{ ...CHILD, platform, annotations: { a: 'b' }, urls: [] }, CHILD]
    expect(parse({ schemaVersion: 2, mediaType: INDEX, manifests: children })).toEqual([
      {
        descriptor: CHILD,
        platform: { os: 'linux', architecture: 'arm64', variant: '', osVersion: '1' },
        isAttestation: false,
      },
      { descriptor: CHILD, isAttestation: false },
    ])
  })

  test('takes for an attestation only what says so and is for no host', () => {
    const unknown = { architecture: 'unknown', os: 'unknown' }
    const amd64 = { architecture: 'amd64', os: 'linux' }
    const is = (child: object) => parseChild(child)?.isAttestation
    expect(is({ platform: unknown, annotations: ATTESTATION })).toBe(true)
    expect(is({ platform: unknown })).toBe(false)
    expect(is({ platform: amd64, annotations: ATTESTATION })).toBe(false)
    expect(is({ annotations: ATTESTATION })).toBe(false)
  })

  test('takes a platform with an empty half for none: it stands for what the host has', () => {
    expect(parseChild({ platform: { os: '', architecture: 'amd64' } })).not.toHaveProperty(
      'platform',
    )
    expect(parseChild({ platform: {} })).not.toHaveProperty('platform')
    expect(parseChild({ platform: null })).not.toHaveProperty('platform')
  })

  test('takes what an operating system must be or have from where something stands', () => {
    const windows = { os: 'windows', architecture: 'amd64' }
    const read = (more: object) => parseChild({ platform: { ...windows, ...more } })?.platform
    expect(read({ 'os.version': '10.0.1', 'os.features': ['win32k'] })).toEqual({
      ...windows,
      variant: '',
      osVersion: '10.0.1',
      osFeatures: ['win32k'],
    })
    for (const none of [null, ''])
      expect(read({ 'os.version': none, 'os.features': null })).toEqual({ ...windows, variant: '' })
  })

  test.each([
    ['it is no JSON object', []],
    ['its "schemaVersion" is not 2', { schemaVersion: 1, manifests: [] }],
    [`its "mediaType" is not "${INDEX}"`, { schemaVersion: 2, mediaType: 'x/y', manifests: [] }],
    ['it has "config", which no index has', { schemaVersion: 2, config: {}, manifests: [] }],
    ['it has "layers", which no index has', { schemaVersion: 2, layers: [], manifests: [] }],
    ['its "manifests" is no list', { schemaVersion: 2 }],
    [
      'it has a member that differs from a known name in case only',
      { schemaVersion: 2, manifests: [], Manifests: [CHILD] },
    ],
  ])('refuses an index of which "%s" is true', (found, document) => {
    expect(() => parse(document)).toThrow(`Cannot read the index: ${found}`)
  })

  test.each([
    ['a "platform" is no object', { platform: 'linux/amd64' }],
    ['a "platform" has a member that is no text', { platform: { os: 1, architecture: 'a' } }],
    ['a "platform" has a member that is no name', { platform: { os: 'a/b', architecture: 'c' } }],
    [
      'a "platform" has an "os.version" that is no short text',
      { platform: { os: 'windows', architecture: 'amd64', 'os.version': '1'.repeat(65) } },
    ],
    [
      'a "platform" has "os.features" that are no short list of short texts',
      { platform: { os: 'windows', architecture: 'amd64', 'os.features': ['a\n'] } },
    ],
    [
      'a "platform" has "os.features" that are no short list of short texts',
      { platform: { os: 'a', architecture: 'b', 'os.features': new Array(17).fill('c') } },
    ],
    ['it has a member that differs from a known name in case only', { Digest: CHILD.digest }],
    [
      'it has a member that differs from a known name in case only',
      { platform: { os: 'linux', architecture: 'arm', Architecture: 'amd64' } },
    ],
  ])('refuses a child of which "%s" is true', (found, child) => {
    expect(() => parseChild(child)).toThrow(`Cannot read the index: ${found}`)
  })

  test.each([{ digest: 'latest' }, { size: -1 }, { mediaType: '' }, { annotations: { a: 1 } }])(
    'refuses a child that is no descriptor: %j',
    (child) => {
      expect(() => parseChild(child)).toThrow(/^Cannot read a descriptor: /)
    },
  )

  test('reads any bytes or refuses them with encoding-invalid', () => {
    const start = encodeUtf8('{"schemaVersion":2,"manifests":[')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, isBegun) => {
        try {
          parseImageIndex(isBegun ? Uint8Array.of(...start, ...bytes) : bytes, INDEX)
        } catch (error) {
          expect(isNotationError(error, 'encoding-invalid')).toBe(true)
        }
      }),
    )
  })

  test('reads any JSON or refuses it with encoding-invalid', () => {
    const child = fc.record(
      {
        mediaType: fc.json(),
        digest: fc.constant(CHILD.digest),
        size: fc.nat(),
        platform: fc.anything(),
      },
      { requiredKeys: [] },
    )
    const document = fc.oneof(
      fc.jsonValue(),
      fc.record({ schemaVersion: fc.constant(2), manifests: fc.array(child) }),
    )
    fc.assert(
      fc.property(document, (value) => {
        try {
          parse(value)
        } catch (error) {
          expect(isNotationError(error, 'encoding-invalid')).toBe(true)
        }
      }),
    )
  })
})

describe('isImageIndex()', () => {
  test('knows the indexes of OCI and Docker, and no manifest', () => {
    expect(isImageIndex(INDEX)).toBe(true)
    expect(isImageIndex('application/vnd.docker.distribution.manifest.list.v2+json')).toBe(true)
    expect(isImageIndex(CHILD.mediaType)).toBe(false)
  })
})
