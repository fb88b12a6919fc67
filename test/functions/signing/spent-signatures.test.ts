// Sign requests that may have cost a signature and gave none: the rows of the fault table that cost money.

import { describe, expect, it } from 'vitest'
import { type ErrorCode, NotationError } from '../../../shared/errors.ts'
import { createFaultedService, expectOneSignature } from '../../support/faulted-service.ts'
import { RULE, type SigningService } from '../../support/signing-service.ts'
import { timestampService } from '../../support/timestamp-service.ts'

function failSigning(service: SigningService, code: ErrorCode, times = Number.POSITIVE_INFINITY) {
  let left = times
  service.beforeSigning = () => {
    if (left-- > 0) throw new NotationError(code, 'failed to sign: as the test says')
  }
}

describe('Software Trust Manager, where a signature may have been spent,', () => {
  it.each(['signature-unaccounted', 'signer-answer-invalid', 'internal'] as const)(
    'that fails with %s is asked twice, and then a person is',
    async (code) => {
      const service = await createFaultedService()
      const image = await service.push()
      failSigning(service, code)

      await service.look(service.lookAt(image))

      expect(service.signRequests()).toBe(2)
      expect(service.statesOf(image)).toMatchObject([{ state: 'FAILED', code, signRequests: 2 }])
      expect(service.engine.dead).toMatchObject([{ code, attempts: 2 }])
    },
  )

  it('and answers the second time makes one signature', async () => {
    const service = await createFaultedService()
    const image = await service.push()
    failSigning(service, 'signature-unaccounted', 1)

    await service.look(service.lookAt(image))

    await expectOneSignature(service, image)
    expect(service.engine.dead).toEqual([])
  })

  it('is asked once for each replay', async () => {
    const service = await createFaultedService()
    const image = await service.push()
    failSigning(service, 'signature-unaccounted')
    await service.look(service.lookAt(image))

    await service.engine.replay('dead-0')
    await service.engine.run()

    expect(service.signRequests()).toBe(3)
    expect(service.statesOf(image)).toMatchObject([{ state: 'FAILED' }])
  })

  it('is not asked again because another profile of the image is tried again', async () => {
    const service = await createFaultedService({
      rules: [RULE, { ...RULE, name: 'other', keyId: 'other-key' }],
    })
    const image = await service.push()
    failSigning(service, 'signature-unaccounted')
    let failures = 5
    service.beforeDescribing = (keyId) => {
      if (keyId === 'other-key' && failures-- > 0) throw new NotationError('signer-timeout', 'slow')
    }

    await service.look(service.lookAt(image))

    // Two for each profile.
    expect(service.signRequests()).toBe(4)
    expect(service.statesOf(image)).toMatchObject([
      { state: 'FAILED', code: 'signature-unaccounted' },
      { state: 'FAILED', code: 'signature-unaccounted' },
    ])
  })
})

describe('the budget of a rule', () => {
  it('counts each request that may have cost a signature', async () => {
    const service = await createFaultedService({ rules: [{ ...RULE, maxSignaturesPerDay: 1 }] })
    const image = await service.push()
    failSigning(service, 'signer-answer-invalid')

    await service.look(service.lookAt(image))

    expect(service.signRequests()).toBe(1)
    expect(service.statesOf(image)).toMatchObject([{ state: 'HELD', code: 'daily-limit-reached' }])
  })

  it('counts none that is known to have cost nothing', async () => {
    const service = await createFaultedService({ rules: [{ ...RULE, maxSignaturesPerDay: 1 }] })
    const image = await service.push()
    failSigning(service, 'signer-throttled', 5)

    await service.look(service.lookAt(image))

    await expectOneSignature(service, image)
    expect(service.statesOf(image)).toMatchObject([{ signRequests: 6 }])
  })
})

it('a signature that is paid for is not held for the budget of the day', async () => {
  const authority = timestampService()
  const service = await createFaultedService({
    rules: [{ ...RULE, timestampAuthority: 'tsa', maxSignaturesPerDay: 1 }],
    settings: authority.settings,
  })
  let left = 3
  service.intercept = (request) =>
    authority.isAsked(request) && left-- > 0
      ? new Response('busy', { status: 503 })
      : authority.answer(request)
  const image = await service.push()

  await service.look(service.lookAt(image))

  await expectOneSignature(service, image)
  expect(service.signed).toHaveLength(1)
})
