// What an actor makes of looks: against a registry in memory, with the engine in memory.

import { describe, expect, it } from 'vitest'
import { buildChain } from '../../support/certificates.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

describe('a look at an image', () => {
  it('signs it, once, whatever else tells of it', async () => {
    const service = await createSigningService()
    const image = await service.push()

    await service.look(service.lookAt(image))
    await service.look(service.lookAt(image))

    expect(await service.signaturesOf(image)).toHaveLength(1)
    expect(service.signed).toHaveLength(1)
    expect(service.statesOf(image)).toEqual([
      expect.objectContaining({
        state: 'COMPLETE',
        rules: ['all'],
        signRequests: 1,
        manifestDigest: (await service.signaturesOf(image))[0],
      }),
    ])
  })

  it.each([
    [true, 9],
    [false, 11],
  ])(
    'costs few requests to the registry: with a referrers API (%s) %i',
    async (referrersApi, most) => {
      const service = await createSigningService({ referrersApi })
      await service.look(service.lookAt(await service.push()))
      const image = await service.push('v2')
      service.asked.length = 0

      await service.look(service.lookAt(image, { tag: 'v2' }))

      expect(await service.signaturesOf(image)).toHaveLength(1)
      expect(service.asked.length, service.asked.join('\n')).toBeLessThanOrEqual(most)
    },
  )

  it('signs it with each profile, and with one that two rules share once', async () => {
    const service = await createSigningService({
      rules: [
        RULE,
        { ...RULE, name: 'same' },
        { ...RULE, name: 'cose', signatureMediaType: 'application/cose' },
      ],
    })
    const image = await service.push()

    await service.look(service.lookAt(image))

    expect(await service.signaturesOf(image)).toHaveLength(2)
    expect(service.statesOf(image)).toMatchObject([
      { state: 'COMPLETE', rules: ['all', 'same'] },
      { state: 'COMPLETE', rules: ['cose'] },
    ])
  })

  it('signs nothing of what no rule wants', async () => {
    const service = await createSigningService({
      rules: [{ ...RULE, tags: ['release-*'] }],
    })
    const image = await service.push()

    await service.look(service.lookAt(image))

    expect(service.signed).toEqual([])
    expect(service.statesOf(image)).toEqual([])
  })

  it('signs nothing for a tag that the registry does not resolve to it', async () => {
    const service = await createSigningService()
    const old = await service.push()
    await service.push()

    await service.look(service.lookAt(old))
    await service.look(service.lookAt(old, { tag: 'never-pushed' }))

    expect(service.signed).toEqual([])
    expect(service.statesOf(old)).toMatchObject([{ state: 'SUPERSEDED', code: 'tag-moved' }])
  })

  it('signs what was pushed by digest alone only where a rule says so', async () => {
    const service = await createSigningService()
    const image = await service.push()
    await service.look(service.lookAt(image, {}))
    expect(service.signed).toEqual([])

    service.setRules({ ...RULE, untagged: true })
    await service.look(service.lookAt(image, {}))
    expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE' }])
  })

  it('remembers how it was pushed, though no rule wants it yet', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const image = await service.push('nightly')
    await service.look(service.lookAt(image, { tag: 'nightly' }))
    const [state] = service.engine.states.values()

    expect(state).toMatchObject({ hints: { tags: ['nightly'] }, profiles: {} })
  })

  it('never signs a signature', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, untagged: true }] })
    const image = await service.push()
    await service.look(service.lookAt(image))
    const [digest = ''] = await service.signaturesOf(image)

    await service.look(service.lookAt({ digest }, {}))

    expect(service.signed).toHaveLength(1)
    expect(await service.signaturesOf({ digest })).toEqual([])
  })

  it('takes a signature that another process made for its own', async () => {
    const service = await createSigningService()
    const image = await service.push()
    await service.look(service.lookAt(image))
    // As after the loss of everything that was stored.
    const states = service.engine.states as Map<string, unknown>
    states.clear()

    await service.look(service.lookAt(image))

    expect(service.signed).toHaveLength(1)
    expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE', signRequests: 0 }])
  })

  it('signs again with a new certificate, beside the old signature', async () => {
    const service = await createSigningService()
    const image = await service.push()
    await service.look(service.lookAt(image))
    service.setChain(buildChain())

    await service.look(service.lookAt(image))

    expect(await service.signaturesOf(image)).toHaveLength(2)
    expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE', signRequests: 2 }])
  })

  it('renews a signature before it expires, and not earlier', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, expirySeconds: 3000 }] })
    const image = await service.push()
    await service.look(service.lookAt(image))
    const start = service.deps.now().getTime()

    service.setNow(new Date(start + 1999_000))
    await service.look(service.lookAt(image))
    expect(service.signed).toHaveLength(1)

    service.setNow(new Date(start + 2000_000))
    await service.look(service.lookAt(image))
    expect(await service.signaturesOf(image)).toHaveLength(2)
    expect(service.statesOf(image)).toMatchObject([
      { state: 'COMPLETE', expiresAt: new Date(start + 5000_000).toISOString() },
    ])
  })
})

describe('a rule with conditions', () => {
  it('holds what is more than its signatures of the day, and goes on the day after', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, maxSignaturesPerDay: 1 }] })
    const one = await service.push('one')
    const two = await service.push('two')
    await service.look(service.lookAt(one, { tag: 'one' }), service.lookAt(two, { tag: 'two' }))

    expect(service.statesOf(one)).toMatchObject([{ state: 'COMPLETE' }])
    expect(service.statesOf(two)).toMatchObject([{ state: 'HELD', code: 'daily-limit-reached' }])

    service.setNow(new Date(service.deps.now().getTime() + 24 * 3600_000))
    await service.look(service.lookAt(two, { tag: 'two' }))
    expect(service.statesOf(two)).toMatchObject([{ state: 'COMPLETE' }])
  })

  it('waits for the signature that it requires, and signs when that is pushed', async () => {
    const required = {
      ...RULE,
      name: 'release',
      keyId: 'release-key',
      signatureMediaType: 'application/cose',
    } as const
    const service = await createSigningService({
      rules: [{ ...required, requiredStatement: 'test-policy' }],
    })
    const image = await service.push()
    await service.look(service.lookAt(image))
    expect(service.statesOf(image)).toMatchObject([
      { state: 'WAITING', code: 'signature-required' },
    ])
    expect(service.signed).toEqual([])

    const { repository, registry } = service.lookAt(image)
    await service.engine.ask(
      { registry, repository, digest: image.digest },
      {
        kind: 'sign',
        profile: { keyId: 'build-key', signatureMediaType: 'application/jose+json' },
      },
    )
    const [digest = ''] = await service.signaturesOf(image)
    // The registry tells of it, and it is ours: here it is of use all the same.
    await service.look(service.lookAt({ digest }, {}))

    expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE' }, { state: 'COMPLETE' }])
    expect(await service.signaturesOf(image)).toHaveLength(2)
  })
})
