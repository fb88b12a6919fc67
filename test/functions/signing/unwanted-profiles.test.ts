// Profiles that nothing asks for any more, and what their status says then.

import { expect, it } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'
import { timestampService } from '../../support/timestamp-service.ts'

it('a rule that is removed between two attempts leaves SUPERSEDED', async () => {
  const service = await createSigningService()
  const image = await service.push()
  service.beforeSigning = () => {
    service.setRules({ ...RULE, name: 'other', keyId: 'other-key', tags: ['never'] })
    throw new NotationError('signer-throttled', 'busy')
  }

  await service.look(service.lookAt(image))

  expect(service.statesOf(image)).toMatchObject([
    { state: 'SUPERSEDED', code: 'rule-removed', rules: ['all'], signRequests: 1 },
  ])
  expect(service.engine.dead).toEqual([])
})

it('a rule that is renamed between two attempts is signed for under its new name', async () => {
  const service = await createSigningService()
  const image = await service.push()
  let failures = 1
  service.beforeSigning = () => {
    service.setRules({ ...RULE, name: 'renamed' })
    if (failures-- > 0) throw new NotationError('signer-throttled', 'busy')
  }

  await service.look(service.lookAt(image))

  expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE', rules: ['renamed'] }])
})

it('what was paid for is used when a rule asks for it again', async () => {
  const authority = timestampService()
  const rule = { ...RULE, timestampAuthority: 'tsa' }
  const service = await createSigningService({ rules: [rule], settings: authority.settings })
  const image = await service.push()
  service.intercept = (request) => {
    if (!authority.isAsked(request)) return undefined
    service.setRules({ ...RULE, tags: ['never'] })
    return new Response('busy', { status: 503 })
  }
  await service.look(service.lookAt(image))
  expect(service.statesOf(image)).toMatchObject([{ state: 'SUPERSEDED' }])

  service.intercept = authority.answer
  service.setRules(rule)
  await service.look(service.lookAt(image))

  expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE' }])
  expect(service.signed).toHaveLength(1)
})

it('a process that ended while it signed for a caller leaves FAILED, once somebody looks', async () => {
  const service = await createSigningService({ rules: [] })
  const image = await service.push()
  const { registry, repository, digest = '' } = service.lookAt(image)
  const profile = { keyId: 'my-key', signatureMediaType: 'application/cose' } as const
  service.engine.crashOnWrite = (count) => (count === 1 ? 'after' : undefined)
  const crashed = service.engine.ask({ registry, repository, digest }, { kind: 'sign', profile })
  await expect(crashed).rejects.toThrow()
  expect(service.statesOf(image)).toMatchObject([{ state: 'SIGNING' }])

  await service.look(service.lookAt(image))

  expect(service.statesOf(image)).toMatchObject([{ state: 'FAILED', code: 'interrupted' }])
})

it('a signature that stands stays COMPLETE when its tag moves on', async () => {
  const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
  const old = await service.push()
  const look = service.lookAt(old)
  await service.look(look)
  const before = service.statesOf(old)
  expect(before).toMatchObject([{ state: 'COMPLETE' }])
  await service.push()

  await service.look(look)

  expect(service.statesOf(old)).toEqual(before)
})
