import { beforeEach, describe, expect, test } from 'vitest'
import { createTestApi, image, REGISTRY, REPOSITORY, type TestApi } from '../support/api.ts'
import {
  ATTESTATION,
  DOCKER_LIST,
  OCI_INDEX,
  type PushedChild,
  platformOf,
  pushChild,
  pushIndex,
  signByDigest,
} from '../support/image-indexes.ts'

interface Verdict {
  readonly verified: boolean
  readonly code?: string
  readonly message?: string
  readonly platform?: string
  readonly artifact: { readonly reference: string }
  readonly signatures: readonly { readonly verified: boolean }[]
  readonly children?: readonly Verdict[]
  readonly childrenSkipped?: readonly {
    readonly artifact: { readonly reference: string }
    readonly platform?: string
    readonly reason: string
  }[]
}

async function verify(api: TestApi, reference: string, index?: string): Promise<Verdict> {
  const answer = await api.post('/v1/verify', { reference, ...(index ? { index } : {}) })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return answer.json() as Promise<Verdict>
}

const referenceOf = ({ digest }: PushedChild) => `${REGISTRY}/${REPOSITORY}@${digest}`
const verdictsOf = ({ children = [] }: Verdict) =>
  children.map(({ platform, verified }) => [platform, verified])

let api: TestApi
beforeEach(async () => {
  api = await createTestApi()
})

describe('POST /v1/verify of an index', () => {
  test.each([OCI_INDEX, DOCKER_LIST])(
    'looks at it as at any artifact unless told otherwise: %s',
    async (mediaType) => {
      const children = [await pushChild(api, platformOf('linux/amd64'), { isSigned: false })]
      const { reference, digest } = await pushIndex(api, children, { mediaType })
      expect(await verify(api, reference)).toMatchObject({ code: 'signature-missing' })
      await signByDigest(api, digest)
      const verdict = await verify(api, reference, 'index')
      expect(verdict.verified).toBe(true)
      expect(verdict).not.toHaveProperty('children')
    },
  )

  test.each([OCI_INDEX, DOCKER_LIST])(
    'with "children" verifies each of them, and not the index: %s',
    async (mediaType) => {
      const children = [
        await pushChild(api, platformOf('linux/amd64')),
        await pushChild(api, platformOf('linux/arm/v6')),
        await pushChild(api),
      ]
      const { reference } = await pushIndex(api, children, { mediaType })
      const verdict = await verify(api, reference, 'children')
      expect(verdict).toMatchObject({
        verified: true,
        artifact: { reference },
        policy: { statement: 'test-policy' },
        signatures: [],
      })
      expect(verdictsOf(verdict)).toEqual([
        ['linux/amd64', true],
        ['linux/arm/v6', true],
        [undefined, true],
      ])
      expect(verdict.children?.map(({ artifact }) => artifact.reference)).toEqual(
        children.map(referenceOf),
      )
      expect(verdict.children?.every(({ signatures }) => signatures[0]?.verified)).toBe(true)
    },
  )

  test('with "children" is rejected where one of them is, and tells which', async () => {
    const bad = await pushChild(api, platformOf('linux/arm64'), { isSigned: false })
    const { reference, digest } = await pushIndex(api, [
      await pushChild(api, platformOf('linux/amd64')),
      bad,
    ])
    await signByDigest(api, digest)
    const verdict = await verify(api, reference, 'children')
    expect(verdict).toMatchObject({
      verified: false,
      code: 'children-rejected',
      message: `1 of 2 children are not verified; the first is "${referenceOf(bad)}": no signature is associated with "${referenceOf(bad)}", make sure the artifact was signed successfully`,
      signatures: [],
    })
    expect(verdictsOf(verdict)).toEqual([
      ['linux/amd64', true],
      ['linux/arm64', false],
    ])
  })

  test('with "both" needs a signature of its own and of each child', async () => {
    const good = await pushIndex(api, [await pushChild(api), await pushChild(api)])
    const unsigned = await verify(api, good.reference, 'both')
    expect(unsigned).toMatchObject({ verified: false, code: 'signature-missing', signatures: [] })
    expect(unsigned.children).toMatchObject([{ verified: true }, { verified: true }])
    await signByDigest(api, good.digest)
    expect(await verify(api, good.reference, 'both')).toMatchObject({
      verified: true,
      signatures: [{ verified: true }],
      children: [{ verified: true }, { verified: true }],
    })
    const bad = await pushIndex(api, [await pushChild(api, {}, { isSigned: false })])
    await signByDigest(api, bad.digest)
    expect(await verify(api, bad.reference, 'both')).toMatchObject({
      verified: false,
      code: 'children-rejected',
      signatures: [{ verified: true }],
    })
  })

  test('with a platform verifies the children for it, and those that name none', async () => {
    const amd = await pushChild(api, platformOf('linux/amd64'), { isSigned: false })
    const { reference } = await pushIndex(api, [
      amd,
      await pushChild(api, platformOf('linux/arm64/v8')),
      await pushChild(api, { platform: { architecture: 'AARCH64', os: 'Linux' } }),
      await pushChild(api),
    ])
    const verdict = await verify(api, reference, 'linux/arm64')
    expect(verdict.verified).toBe(true)
    expect(verdictsOf(verdict)).toEqual([
      ['linux/arm64', true],
      ['linux/arm64', true],
      [undefined, true],
    ])
    expect(verdict.childrenSkipped).toEqual([
      {
        artifact: { reference: referenceOf(amd), descriptor: expect.any(Object) },
        platform: 'linux/amd64',
        reason: 'platform',
      },
    ])
    expect(await verify(api, reference, 'linux/amd64')).toMatchObject({ verified: false })
  })

  test('tells children for one platform apart by what they need of the operating system', async () => {
    const windows = (version: string) => ({
      platform: {
        architecture: 'amd64',
        os: 'windows',
        'os.version': version,
        'os.features': ['win32k'],
      },
    })
    const { reference } = await pushIndex(api, [
      await pushChild(api, windows('10.0.20348.2113'), { isSigned: false }),
      await pushChild(api, windows('10.0.26100.1')),
      await pushChild(api, platformOf('linux/amd64')),
    ])
    const needs = { platform: 'windows/amd64', osFeatures: ['win32k'] }
    expect(await verify(api, reference, 'windows/amd64')).toMatchObject({
      verified: false,
      message: expect.stringContaining('1 of 2 children are not verified'),
      children: [
        { ...needs, verified: false, osVersion: '10.0.20348.2113' },
        { ...needs, verified: true, osVersion: '10.0.26100.1' },
      ],
    })
    expect(await verify(api, reference, 'linux/amd64')).toMatchObject({
      verified: true,
      childrenSkipped: [{ ...needs, osVersion: '10.0.20348.2113' }, { osVersion: '10.0.26100.1' }],
    })
  })

  test('is rejected where no child names the platform', async () => {
    const { reference } = await pushIndex(api, [
      await pushChild(api, platformOf('linux/arm/v6')),
      await pushChild(api),
    ])
    expect(await verify(api, reference, 'linux/arm/v7')).toMatchObject({
      verified: false,
      code: 'platform-missing',
      message: 'no child of the index names platform "linux/arm/v7"',
      children: [],
    })
  })

  test('lists attestations as skipped, but not what a runtime could pick', async () => {
    const attestation = await pushChild(api, ATTESTATION, { isSigned: false })
    const image = await pushChild(api, platformOf('linux/amd64'))
    const { reference } = await pushIndex(api, [image, attestation])
    const verdict = await verify(api, reference, 'children')
    expect(verdictsOf(verdict)).toEqual([['linux/amd64', true]])
    expect(verdict).toMatchObject({
      verified: true,
      childrenSkipped: [
        {
          artifact: { reference: referenceOf(attestation) },
          platform: 'unknown/unknown',
          reason: 'attestation',
        },
      ],
    })
    const posing = await pushIndex(api, [
      image,
      { ...attestation, ...platformOf('linux/amd64') },
      { ...attestation, annotations: {} },
    ])
    expect(await verify(api, posing.reference, 'children')).toMatchObject({
      verified: false,
      message: expect.stringContaining('2 of 3 children are not verified'),
    })
    expect(await verify(api, reference, 'unknown/unknown')).toMatchObject({
      verified: false,
      code: 'children-rejected',
    })
  })

  test('verifies the children of an index within it, one level deep', async () => {
    const inner = await pushIndex(api, [await pushChild(api, platformOf('linux/amd64'))])
    const outer = await pushIndex(api, [inner])
    expect(await verify(api, outer.reference, 'children')).toMatchObject({
      verified: true,
      children: [{ verified: true, children: [{ verified: true, platform: 'linux/amd64' }] }],
    })
    expect(await verify(api, outer.reference, 'linux/amd64')).toMatchObject({ verified: true })
    const outermost = await pushIndex(api, [outer])
    expect(await verify(api, outermost.reference, 'children')).toMatchObject({
      verified: false,
      code: 'children-rejected',
      children: [{ verified: false, children: [{ verified: false, code: 'index-too-large' }] }],
    })
  })

  test('passes over an index within it that is all for other platforms', async () => {
    const inner = await pushIndex(api, [
      await pushChild(api, platformOf('windows/amd64'), { isSigned: false }),
    ])
    const outer = await pushIndex(api, [inner, await pushChild(api, platformOf('linux/amd64'))])
    const verdict = await verify(api, outer.reference, 'linux/amd64')
    expect(verdict).toMatchObject({ verified: true, childrenSkipped: [{ reason: 'platform' }] })
    expect(verdict.children).toHaveLength(1)
  })

  test('is rejected without an image in it', async () => {
    const attestation = await pushChild(api, ATTESTATION)
    for (const children of [[], [attestation]]) {
      const { reference, digest } = await pushIndex(api, children)
      await signByDigest(api, digest)
      for (const index of ['children', 'both'])
        expect(await verify(api, reference, index)).toMatchObject({
          verified: false,
          code: 'children-missing',
          message: 'the index names no image',
        })
    }
  })

  test('is rejected with more children than are looked at, and none is', async () => {
    const child = await pushChild(api)
    const { reference } = await pushIndex(api, new Array(101).fill(child))
    const asked = api.asked.length
    expect(await verify(api, reference, 'children')).toMatchObject({
      verified: false,
      code: 'index-too-large',
      message: 'more than 100 children are named',
      children: [],
    })
    expect(api.asked.slice(asked).filter((url) => url.includes('/referrers/'))).toEqual([])
  })

  test.each([
    ['has layers', { others: { layers: [] } }],
    ["has layers of Docker's first kind", { others: { fsLayers: [] } }],
  ])('is rejected where it %s', async (_, options) => {
    const { reference } = await pushIndex(api, [await pushChild(api)], options)
    expect(await verify(api, reference, 'children')).toMatchObject({
      verified: false,
      code: 'index-malformed',
      message: expect.stringMatching(/^Cannot read the index: /),
    })
  })
})

describe('POST /v1/verify of what is no index', () => {
  test('with "both" is verified as it is, with "children" or a platform rejected', async () => {
    const { reference, digest } = await image(api)
    await signByDigest(api, digest)
    expect(await verify(api, reference, 'both')).toMatchObject({ verified: true, children: [] })
    for (const index of ['children', 'linux/amd64'])
      expect(await verify(api, reference, index)).toMatchObject({
        verified: false,
        code: 'index-missing',
        message: `"${REGISTRY}/${REPOSITORY}@${digest}" is no index: it has media type "application/vnd.oci.image.manifest.v1+json"`,
      })
  })

  test.each(['linux', 'linux/', '/', 'linux/arm/v7/x', 'a b/c', 'Index', '', 'all'])(
    'is no question with the index "%s"',
    async (index) => {
      const { reference } = await image(api)
      const answer = await api.post('/v1/verify', { reference, index })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code: 'request-invalid' })
    },
  )

  test('by envelope takes no "index": no registry is asked for children', async () => {
    const { digest, descriptor } = await image(api)
    const answer = await api.post('/v1/verify', {
      artifactReference: `${REGISTRY}/${REPOSITORY}@${digest}`,
      descriptor,
      signature: { mediaType: 'application/cose', envelope: 'AAAA' },
      index: 'index',
    })
    expect(answer.status).toBe(400)
  })
})
