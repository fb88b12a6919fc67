// A signature that a rule requires, pushed while it is being looked for.

import { expect, it } from 'vitest'
import { createSigningHandlers } from '../../../functions/signing/create-handlers.ts'
import { createSigningMemory } from '../../../functions/signing/signing-world.ts'
import { createMemoryEngine } from '../../support/memory-engine.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

/** The signatures are listed once for what stands, and once for what is required. */
it.each([1, 2])('is found though it comes right after listing %i', async (moment) => {
  const release = { ...RULE, keyId: 'release-key', signatureMediaType: 'application/cose' } as const
  const service = await createSigningService({
    rules: [{ ...release, requiredStatement: 'test-policy' }],
  })
  const image = await service.push()
  const { registry, repository } = service.lookAt(image)
  // Another process, which signs for callers.
  const pipeline = createMemoryEngine(
    createSigningHandlers({
      readDeps: () => service.deps,
      readRules: () => ({ rules: [] }),
      memory: createSigningMemory(),
    }),
  )
  let listings = 0
  service.intercept = async (request) => {
    if (!request.url.includes('/referrers/') || ++listings !== moment) return undefined
    const answer = await service.fetchOfClients(request.clone())
    await pipeline.ask(
      { registry, repository, digest: image.digest },
      {
        kind: 'sign',
        profile: { keyId: 'build-key', signatureMediaType: 'application/jose+json' },
      },
    )
    // Its event is handled before it is stored that the image waits.
    const [digest = ''] = await service.signaturesOf(image)
    await service.look(service.lookAt({ digest }))
    return answer
  }

  await service.look(service.lookAt(image))

  expect(listings).toBeGreaterThan(moment)
  expect(service.statesOf(image)).toMatchObject([
    { state: 'COMPLETE', profile: { keyId: 'release-key' } },
  ])
  expect(await service.signaturesOf(image)).toHaveLength(2)
})
