// Digests that the registry does not have: made up, deleted since, or not there yet.

import { expect, it } from 'vitest'
import { MAX_UNKNOWN_ATTEMPTS } from '../../../functions/limits.ts'
import { createFaultedService, expectOneSignature } from '../../support/faulted-service.ts'
import { RULE } from '../../support/signing-service.ts'

it('an event of a digest that nobody pushed costs a few requests, and leaves nothing', async () => {
  const service = await createFaultedService()

  await service.look(service.lookAt({ digest: `sha256:${'0'.repeat(64)}` }))

  expect(service.engine.performed.map(({ outcome }) => outcome)).toEqual([
    ...Array.from({ length: MAX_UNKNOWN_ATTEMPTS - 1 }, () => 'retry'),
    'settled',
  ])
  expect(service.asked).toHaveLength(MAX_UNKNOWN_ATTEMPTS)
  expect(service.engine.dead).toEqual([])
  expect(service.engine.states.size).toBe(0)
})

it('a registry that is behind its own event has the image signed', async () => {
  const service = await createFaultedService()
  const image = await service.push()
  let left = MAX_UNKNOWN_ATTEMPTS - 1
  service.intercept = ({ url }) =>
    url.endsWith(`/manifests/${image.digest}`) && left-- > 0
      ? new Response('', { status: 404 })
      : undefined

  await service.look(service.lookAt(image))

  await expectOneSignature(service, image)
})

it('an image that is deleted while it is held is FAILED, with the reason', async () => {
  const service = await createFaultedService({ rules: [{ ...RULE, maxSignaturesPerDay: 0 }] })
  const image = await service.push()
  await service.look(service.lookAt(image))
  expect(service.statesOf(image)).toMatchObject([{ state: 'HELD' }])
  service.intercept = ({ url }) =>
    url.endsWith(`/manifests/${image.digest}`) ? new Response('', { status: 404 }) : undefined

  await service.look(service.lookAt(image))

  expect(service.statesOf(image)).toMatchObject([{ state: 'FAILED', code: 'artifact-unknown' }])
  expect(service.engine.dead).toEqual([])
})
