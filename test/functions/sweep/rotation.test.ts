// What a sweep does when a key has got another certificate.

import { describe, expect, it } from 'vitest'
import { MAX_RESIGNED_PER_DAY } from '../../../functions/limits.ts'
import { REGISTRY, REPOSITORY } from '../../support/api.ts'
import { buildChain } from '../../support/certificates.ts'
import { sweep } from '../../support/run-sweep.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

const LITERAL = { ...RULE, repositories: [`${REGISTRY}/${REPOSITORY}`] }

describe('a sweep', () => {
  it('has signed again what a replaced certificate signed, as many a day as may be', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const image = await service.push()
    await sweep(service)
    service.setChain(buildChain())

    expect((await sweep(service)).due).toMatchObject([{ reason: 'certificate-replaced' }])
    expect(await service.signaturesOf(image)).toHaveLength(2)
    const day = service.deps.now().toISOString().slice(0, 10)
    expect(await service.engine.documents.read('sweep-rotation')).toEqual({ day, taken: 1 })

    await service.engine.documents.write('sweep-rotation', { day, taken: 1000 })
    service.setChain(buildChain())
    expect((await sweep(service)).counts).toMatchObject({ due: 1, postponed: 1 })
    expect(await service.signaturesOf(image)).toHaveLength(2)
  })

  it('counts signatures for a replaced certificate, not tags, and holds what is too much', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const images = [await service.push('one'), await service.push('two')]
    await sweep(service)
    service.setChain(buildChain())
    const day = service.deps.now().toISOString().slice(0, 10)
    for (let spent = 0; spent < MAX_RESIGNED_PER_DAY - 1; spent++)
      await service.engine.ledger.take('rotation', day, MAX_RESIGNED_PER_DAY, `${spent}`)

    await sweep(service)

    const counts = images.map(async (image) => (await service.signaturesOf(image)).length)
    expect((await Promise.all(counts)).toSorted()).toEqual([1, 2])
    const states = images.flatMap((image) => service.statesOf(image))
    expect(states).toContainEqual(
      expect.objectContaining({ state: 'HELD', code: 'rotation-limit-reached' }),
    )
    service.setNow(new Date(service.deps.now().getTime() + 24 * 3600 * 1000))
    await sweep(service)
    expect(images.flatMap((image) => service.statesOf(image))).toMatchObject([
      { state: 'COMPLETE' },
      { state: 'COMPLETE' },
    ])
  })
})
