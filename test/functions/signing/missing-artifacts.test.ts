// Digests and tags that the registry does not have: made up, deleted since, or not there yet.

import { expect, it } from 'vitest'
import { MAX_UNKNOWN_ATTEMPTS } from '../../../functions/limits.ts'
import type { Look } from '../../../functions/signing/task.ts'
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

it('a registry that has the image and is behind with its tag has the image signed', async () => {
  const service = await createFaultedService()
  const image = await service.push()
  const look = service.lookAt(image)
  service.intercept = missing(MAX_UNKNOWN_ATTEMPTS - 1, look)

  await service.look(look)

  expect(service.engine.performed).toHaveLength(MAX_UNKNOWN_ATTEMPTS)
  await expectOneSignature(service, image)
})

it.each([
  ['is behind with a tag, of which the event tells alone,', MAX_UNKNOWN_ATTEMPTS - 1],
  ['never has the tag that an event tells of alone', MAX_UNKNOWN_ATTEMPTS],
])('a registry that %s is asked again, a few times', async (_, times) => {
  const service = await createFaultedService()
  const image = await service.push()
  const { digest: _digest, ...look } = service.lookAt(image)
  service.intercept = missing(times, look)

  await service.look(look)

  expect(service.engine.performed).toHaveLength(MAX_UNKNOWN_ATTEMPTS)
  expect(service.engine.dead).toEqual([])
  if (times < MAX_UNKNOWN_ATTEMPTS) {
    await expectOneSignature(service, image)
    return
  }
  expect(await service.signaturesOf(image)).toEqual([])
  expect(service.audit).toMatchObject([{ event: 'sign-by-rule', outcome: 'artifact-unknown' }])
})

it('a tag that is never there has its image SUPERSEDED after a while', async () => {
  const service = await createFaultedService()
  const image = await service.push()

  await service.look({ ...service.lookAt(image), tag: 'never-pushed' })

  expect(service.engine.performed).toHaveLength(MAX_UNKNOWN_ATTEMPTS)
  expect(service.statesOf(image)).toMatchObject([{ state: 'SUPERSEDED', code: 'tag-moved' }])
  expect(service.signed).toEqual([])
  expect(service.engine.dead).toEqual([])
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

/** Answers that a look's tag is not there, so many times. */
function missing(
  times: number,
  { tag }: Pick<Look, 'tag'>,
): (request: Request) => Response | undefined {
  let left = times
  return ({ url }) =>
    url.endsWith(`/manifests/${tag}`) && left-- > 0 ? new Response('', { status: 404 }) : undefined
}
