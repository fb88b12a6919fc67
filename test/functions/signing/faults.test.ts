// The fault table: whatever fails between a push and its signature, at the end the image has exactly one valid
// signature of each profile, or a state with the reason.

import { describe, expect, it } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { createFaultedService, expectOneSignature } from '../../support/faulted-service.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'
import { timestampService } from '../../support/timestamp-service.ts'

/** Writes of a state while one image is signed with a timestamp. */
const WRITES = 4

describe('a process that is killed', () => {
  const moments = Array.from({ length: WRITES }, (_, i) => i + 1).flatMap((write) => [
    [write, 'before'] as const,
    [write, 'after'] as const,
  ])

  it.each(moments)(
    'at write %i, %s it is stored, spends at most one signature more',
    async (write, moment) => {
      const authority = timestampService()
      const service = await createFaultedService({
        rules: [{ ...RULE, timestampAuthority: 'tsa' }],
        settings: authority.settings,
      })
      service.intercept = authority.answer
      const image = await service.push()
      let crashes = 0
      service.engine.crashOnWrite = (count) => {
        if (count !== write) return undefined
        crashes += 1
        return moment
      }

      await service.look(service.lookAt(image))

      expect(crashes).toBe(1)
      await expectOneSignature(service, image)
      // Between the service's answer and the store nobody knows of it: that one is spent.
      const isLost = write === 2 && moment === 'before'
      expect(service.signed).toHaveLength(isLost ? 2 : 1)
      // Counted before it is asked for: after a crash in between one is counted that was never made.
      const isCounted = isLost || (write === 1 && moment === 'after')
      expect(service.statesOf(image)).toMatchObject([{ signRequests: isCounted ? 2 : 1 }])
    },
  )

  it('writes as often as the table above has rows', async () => {
    const authority = timestampService()
    const service = await createSigningService({
      rules: [{ ...RULE, timestampAuthority: 'tsa' }],
      settings: authority.settings,
    })
    service.intercept = authority.answer

    await service.look(service.lookAt(await service.push()))

    expect(service.engine.writes()).toBe(WRITES)
  })
})

describe('a timestamp authority that is away', () => {
  it('for ten attempts costs one signature', async () => {
    const authority = timestampService()
    const service = await createFaultedService({
      rules: [{ ...RULE, timestampAuthority: 'tsa' }],
      settings: authority.settings,
    })
    const image = await service.push()
    service.intercept = (request) => {
      const isDue = service.engine.performed.length >= 10
      return authority.isAsked(request) && !isDue
        ? new Response('busy', { status: 503 })
        : authority.answer(request)
    }

    await service.look(service.lookAt(image))

    expect(service.engine.performed.map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: 10 }, () => 'retry'),
      'settled',
    ])
    expect(service.signed).toHaveLength(1)
    await expectOneSignature(service, image)
  }, 60_000)
})

describe('Software Trust Manager', () => {
  it.each([
    ['signer-throttled', 'retry'],
    ['signer-unavailable', 'retry'],
    ['signer-timeout', 'retry'],
    ['signer-denied', 'retry'],
    ['key-unknown', 'dead'],
  ] as const)('that fails with %s is asked again, or not: %s', async (code, outcome) => {
    const service = await createFaultedService()
    const image = await service.push()
    let failures = 2
    service.beforeSigning = () => {
      if (failures-- > 0) throw new NotationError(code, 'as the test says')
    }

    await service.look(service.lookAt(image))

    expect(service.engine.performed[0]).toMatchObject({ outcome, code })
    if (outcome === 'dead') {
      expect(service.statesOf(image)).toMatchObject([{ state: 'FAILED', code, signRequests: 1 }])
    } else {
      await expectOneSignature(service, image)
      expect(service.statesOf(image)).toMatchObject([{ signRequests: 3 }])
    }
  })
})

describe('a registry that shows no signatures for a while', () => {
  it('leaves COMPLETE what is, with a dead letter of the look', async () => {
    const service = await createFaultedService()
    const image = await service.push()
    await service.look(service.lookAt(image))
    const [before] = service.statesOf(image)
    service.intercept = ({ url }) =>
      url.includes('/referrers/') ? new Response('', { status: 503 }) : undefined

    await service.look(service.lookAt(image))
    const { registry, repository, digest = '' } = service.lookAt(image)
    const { keyId } = RULE
    const profile = { keyId, signatureMediaType: 'application/jose+json' } as const
    const reply = await service.engine.ask(
      { registry, repository, digest },
      { kind: 'sign', profile },
    )

    service.intercept = undefined
    expect(reply).toMatchObject({ kind: 'failed', code: 'registry-unavailable' })
    expect(service.statesOf(image)).toEqual([before])
    expect([...service.engine.states.values()]).toMatchObject([
      { problem: { code: 'registry-unavailable' } },
    ])
    expect(service.engine.dead).toMatchObject([{ code: 'registry-unavailable' }])
    await expectOneSignature(service, image)
  })
})

describe('a clock', () => {
  it.each([
    ['an hour back', -3600],
    ['a day ahead', 24 * 3600],
  ])('that is set %s between two attempts makes one signature', async (_, seconds) => {
    const authority = timestampService()
    const service = await createFaultedService({
      rules: [{ ...RULE, timestampAuthority: 'tsa' }],
      settings: authority.settings,
    })
    const image = await service.push()
    let isSet = false
    service.intercept = (request) => {
      if (!authority.isAsked(request) || isSet) return authority.answer(request)
      isSet = true
      service.setNow(new Date(service.deps.now().getTime() + seconds * 1000))
      return new Response('busy', { status: 503 })
    }

    await service.look(service.lookAt(image))
    await service.look(service.lookAt(image))

    expect(isSet).toBe(true)
    await expectOneSignature(service, image)
    expect(service.signed).toHaveLength(1)
  })
})

describe('events', () => {
  it('that come a hundred times make one signature', async () => {
    const service = await createFaultedService()
    const image = await service.push()

    await service.look(...Array.from({ length: 100 }, () => service.lookAt(image)))

    await expectOneSignature(service, image)
    expect(service.engine.performed).toHaveLength(1)
  })

  it('and two callers at the same time make one signature', async () => {
    const service = await createFaultedService()
    const image = await service.push()
    const { registry, repository, digest = '' } = service.lookAt(image)
    const subject = { registry, repository, digest }
    const { keyId } = RULE
    const profile = { keyId, signatureMediaType: 'application/jose+json' } as const
    const look = service.lookAt(image)

    const replies = await Promise.all([
      service.engine.ask(subject, { kind: 'sign', profile }),
      service.engine.ask(subject, { kind: 'look', look, attempt: 1 }),
      service.engine.ask(subject, { kind: 'sign', profile }),
    ])

    expect(replies).toMatchObject([
      { kind: 'signed', signature: { isNew: true } },
      { kind: 'looked', outcome: { kind: 'settled' } },
      { kind: 'signed', signature: { isNew: false } },
    ])
    await expectOneSignature(service, image)
    expect(service.signed).toHaveLength(1)
  })

  it('of an old push, replayed after the tag has moved, sign nothing', async () => {
    const service = await createFaultedService()
    const old = await service.push()
    const replayed = service.lookAt(old)
    const image = await service.push()
    await service.look(service.lookAt(image), replayed)

    await expectOneSignature(service, image)
    expect(await service.signaturesOf(old)).toEqual([])
    expect(service.statesOf(old)).toMatchObject([{ state: 'SUPERSEDED' }])
  })
})
