// What counts as the time from a push to its signature.

import { describe, expect, it } from 'vitest'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'
import { startSweep } from '../../../functions/sweep/start-sweep.ts'
import { NotationError } from '../../../shared/errors.ts'
import { AT } from '../../support/certificates.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

const later = (seconds: number) => new Date(AT.getTime() + seconds * 1000)

/** The service, with what its histogram has. */
async function createMeasured() {
  const metrics = createMetricsRegistry()
  const service = await createSigningService({ rules: [RULE], metrics })
  const seconds = async () => {
    const shown = await metrics.render()
    const of = (part: string) =>
      Number(
        new RegExp(`^stm_notary_push_to_signature_seconds_${part} (.+)$`, 'm').exec(shown)?.[1] ??
          0,
      )
    return { count: of('count'), sum: of('sum') }
  }
  return { service, seconds }
}

describe('the time from a push to its signature', () => {
  it('counts from hearing of it', async () => {
    const { service, seconds } = await createMeasured()
    const image = await service.push()
    service.setNow(later(3))
    await service.look(service.lookAt(image))
    expect(await seconds()).toEqual({ count: 1, sum: 3 })
  })

  it.each(['beforeSigning', 'intercept'] as const)(
    'counts from the first event, though another overtakes it after %s failed',
    async (failing) => {
      const { service, seconds } = await createMeasured()
      const image = await service.push()
      const second = { tag: 'v1', heardAt: later(50).toISOString() }
      service[failing] = async () => {
        if (service.engine.performed.length > 0) return undefined
        service.setNow(later(60))
        await service.engine.enqueue([{ task: service.lookAt(image, second) }])
        throw new NotationError('registry-unavailable', 'it is away')
      }

      await service.look(service.lookAt(image))

      expect(service.engine.performed.map(({ outcome }) => outcome)).toEqual([
        'retry',
        'settled',
        'settled',
      ])
      expect(await seconds()).toEqual({ count: 1, sum: 60 })
      expect(JSON.stringify(service.statesOf(image))).not.toContain('heardAt')
    },
  )

  it('leaves out what lay as a dead letter until an operator replayed it', async () => {
    const { service, seconds } = await createMeasured()
    const image = await service.push()
    service.beforeSigning = () => {
      throw new NotationError('key-unknown', 'there is none')
    }
    await service.look(service.lookAt(image))
    service.beforeSigning = undefined
    service.setNow(later(7200))

    await service.engine.replay(service.engine.dead[0]?.id ?? '')
    await service.engine.run()

    expect(await service.signaturesOf(image)).toHaveLength(1)
    expect((await seconds()).count).toBe(0)
  })

  it('leaves out what a sweep found', async () => {
    const { service, seconds } = await createMeasured()
    const image = await service.push()
    const { engine, deps } = service
    await startSweep({ engine, rules: service.rules(), now: deps.now, dryRun: false })
    await engine.run()
    expect(await service.signaturesOf(image)).toHaveLength(1)
    expect((await seconds()).count).toBe(0)
  })
})
