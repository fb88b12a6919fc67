// What of an image index is signed: the index, the images that it lists, or both.

import { describe, expect, it } from 'vitest'
import { pushIndex } from '../../support/pushed-index.ts'
import { createSigningService, RULE, type SigningService } from '../../support/signing-service.ts'

async function pushMultiPlatform(service: SigningService) {
  const amd64 = await service.push('amd64')
  const arm64 = await service.push('arm64')
  const attestation = await service.push('attestation')
  const index = await pushIndex(service, 'v1', [
    { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
    { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
    { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
  ])
  return { index, amd64, arm64, attestation }
}

async function signedOf(service: SigningService, images: readonly { readonly digest: string }[]) {
  return Promise.all(images.map(async (image) => (await service.signaturesOf(image)).length))
}

describe('an index under a tag that a rule names', () => {
  it.each([
    ['both', [1, 1, 1, 0]],
    ['index', [1, 0, 0, 0]],
    ['children', [0, 1, 1, 0]],
  ] as const)('is signed as the rule says: %s', async (sign, expected) => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'], sign }] })
    const { index, amd64, arm64, attestation } = await pushMultiPlatform(service)

    await service.look(service.lookAt(index))

    expect(await signedOf(service, [index, amd64, arm64, attestation])).toEqual(expected)
  })

  it('has its children signed by the rules that sign children alone', async () => {
    const named = { ...RULE, tags: ['v*'] }
    const service = await createSigningService({
      rules: [
        { ...named, name: 'children', sign: 'children', keyId: 'children-key' },
        { ...named, name: 'index', sign: 'index', keyId: 'index-key' },
      ],
    })
    const { index, amd64 } = await pushMultiPlatform(service)

    await service.look(service.lookAt(index))

    expect(service.statesOf(index)).toMatchObject([{ profile: { keyId: 'index-key' } }])
    expect(service.statesOf(amd64)).toMatchObject([{ profile: { keyId: 'children-key' } }])
    expect(await signedOf(service, [index, amd64])).toEqual([1, 1])
  })

  it('has its children signed though they were heard of first, and by digest alone', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const { index, amd64, arm64 } = await pushMultiPlatform(service)

    await service.look(service.lookAt(amd64, {}), service.lookAt(arm64, {}))
    expect(service.signed).toEqual([])
    await service.look(service.lookAt(index))

    expect(await signedOf(service, [index, amd64, arm64])).toEqual([1, 1, 1])
  })

  it('has none of its children signed when its tag has moved', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const { index, amd64 } = await pushMultiPlatform(service)
    await service.push('v1')

    await service.look(service.lookAt(index))

    expect(await signedOf(service, [index, amd64])).toEqual([0, 0])
  })

  it('is followed two levels deep', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['top'] }] })
    const image = await service.push('image')
    const third = await pushIndex(service, 'third', [image])
    const second = await pushIndex(service, 'second', [third])
    const first = await pushIndex(service, 'top', [second])

    await service.look(service.lookAt(first, { tag: 'top' }))

    expect(await signedOf(service, [first, second, third, image])).toEqual([1, 1, 1, 0])
    const state = [...service.engine.states.values()].find(
      ({ subject }) => subject.digest === third.digest,
    )
    expect(state?.problem).toMatchObject({ code: 'index-too-deep' })
  })

  it('is looked at again by a sweep when a child has lost its signature', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const { index, amd64 } = await pushMultiPlatform(service)
    await service.look(service.lookAt(index))
    const key = [...service.engine.states.keys()].find((name) => name.endsWith(amd64.digest)) ?? ''
    ;(service.engine.states as Map<string, unknown>).delete(key)

    await service.look(service.lookAt(index))
    expect(service.statesOf(amd64)).toMatchObject([{ state: 'COMPLETE' }])
    expect(await signedOf(service, [amd64])).toEqual([1])
  })
})

describe('a child of an index whose tag has moved', () => {
  const OTHER = { ...RULE, tags: ['v*'], signatureMediaType: 'application/cose' } as const
  const indexesOf = async (service: SigningService) => {
    const image = await service.push('image')
    return { image, index: await pushIndex(service, 'v1', [image]) }
  }

  it('before the look at the child is not signed', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const { image, index } = await indexesOf(service)
    let isMoved = false
    service.beforeSigning = async () => {
      if (!isMoved) await service.push('v1')
      isMoved = true
    }

    await service.look(service.lookAt(index))

    expect(await signedOf(service, [index, image])).toEqual([1, 0])
    expect(service.statesOf(image)).toMatchObject([{ state: 'SUPERSEDED', code: 'tag-moved' }])
  })

  it('is not signed with another profile, whatever tells of the child', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const { image, index } = await indexesOf(service)
    await service.look(service.lookAt(index))
    await service.push('v1')
    service.setRules(OTHER)

    await service.look(service.lookAt(image, {}))

    expect(await signedOf(service, [index, image])).toEqual([1, 1])
  })

  it('is signed on where the new index lists it too', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const { image, index } = await indexesOf(service)
    await service.look(service.lookAt(index))
    const added = await service.push('added')
    const next = await pushIndex(service, 'v1', [image, added])
    await service.look(service.lookAt(next))
    service.setRules(OTHER)

    await service.look(service.lookAt(image, {}))

    expect(await signedOf(service, [image, added])).toEqual([2, 1])
  })

  it('of an index is not signed either', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['top'] }] })
    const { image, index } = await indexesOf(service)
    const top = await pushIndex(service, 'top', [index])
    let signed = 0
    service.beforeSigning = async () => {
      signed += 1
      if (signed === 2) await service.push('top')
    }

    await service.look(service.lookAt(top, { tag: 'top' }))

    expect(await signedOf(service, [top, index, image])).toEqual([1, 1, 0])
  })
})

it('a child of an index that was pushed by digest alone is signed where a rule says so', async () => {
  const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'], untagged: true }] })
  const { index, amd64 } = await pushMultiPlatform(service)

  await service.look(service.lookAt(index, {}))

  expect(await signedOf(service, [index, amd64])).toEqual([1, 1])
})

it('an index and its child cost as many requests as two images', async () => {
  const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
  await service.look(service.lookAt(await service.push('v0'), { tag: 'v0' }))
  const image = await service.push('image')
  const index = await pushIndex(service, 'v1', [image])
  service.asked.length = 0

  await service.look(service.lookAt(index))

  expect(await signedOf(service, [index, image])).toEqual([1, 1])
  expect(service.asked.length, service.asked.join('\n')).toBeLessThanOrEqual(2 * 9)
})
