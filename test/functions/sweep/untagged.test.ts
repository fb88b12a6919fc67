// What a sweep does for images that were pushed by digest alone: no tag leads to them.

import { describe, expect, it } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { buildChain } from '../../support/certificates.ts'
import { pushIndex } from '../../support/pushed-index.ts'
import { sweep } from '../../support/run-sweep.ts'
import { createSigningService, RULE, type SigningService } from '../../support/signing-service.ts'

const UNTAGGED = { ...RULE, tags: ['none'], untagged: true } as const
const DAY_MS = 24 * 3600 * 1000

async function count(service: SigningService, digest: string): Promise<number> {
  return (await service.signaturesOf({ digest })).length
}

function passDays(service: SigningService, days: number): void {
  service.setNow(new Date(service.deps.now().getTime() + days * DAY_MS))
}

describe('a sweep', () => {
  it('takes up what was HELD and has no tag, on another day', async () => {
    const service = await createSigningService({ rules: [{ ...UNTAGGED, maxSignaturesPerDay: 1 }] })
    const images = [await service.push('one'), await service.push('two')]
    await service.look(...images.map((image) => service.lookAt(image, {})))
    expect(images.flatMap((image) => service.statesOf(image))).toMatchObject([
      { state: 'COMPLETE' },
      { state: 'HELD', message: expect.stringContaining('a sweep of another day takes it up') },
    ])
    passDays(service, 1)

    expect(await sweep(service)).toMatchObject({ state: 'done', counts: { due: 1 } })
    expect(await Promise.all(images.map(({ digest }) => count(service, digest)))).toEqual([1, 1])
    expect((await sweep(service)).due).toEqual([])
  })

  it('renews what has no tag, and signs it again for another certificate', async () => {
    const service = await createSigningService({ rules: [{ ...UNTAGGED, expirySeconds: 86_400 }] })
    const image = await service.push()
    await service.look(service.lookAt(image, {}))
    passDays(service, 0.9)
    expect((await sweep(service)).due).toMatchObject([
      { reference: expect.stringContaining(`@${image.digest}`), reason: 'expiring' },
    ])
    expect(await count(service, image.digest)).toBe(2)

    service.setChain(buildChain())
    expect((await sweep(service, true)).due).toMatchObject([{ reason: 'certificate-replaced' }])
    expect(await count(service, image.digest)).toBe(2)
    expect((await sweep(service)).due).toMatchObject([{ reason: 'certificate-replaced' }])
    expect(await count(service, image.digest)).toBe(3)
  })

  it('finds the children of an index without a tag', async () => {
    const service = await createSigningService({ rules: [{ ...UNTAGGED, sign: 'index' }] })
    const child = await service.push('amd64')
    const index = await pushIndex(service, 'latest', [child])
    await service.look(service.lookAt(index, {}))
    service.setRules(UNTAGGED)

    expect((await sweep(service)).counts.due).toBe(1)
    expect(await count(service, child.digest)).toBe(1)
  })

  it('goes through hundreds, and leaves alone what no rule signs without a tag', async () => {
    const service = await createSigningService({ rules: [UNTAGGED] })
    const image = await service.push()
    const digests = Array.from({ length: 250 }, (_, i) => `sha256:${`${i}`.padStart(64, '0')}`)
    await service.look(service.lookAt(image, {}))
    const [[key = '', state] = []] = service.engine.states
    if (state === undefined) throw new Error('it has a state')
    const states = service.engine.states as Map<string, typeof state>
    for (const digest of digests)
      states.set(key.replace(image.digest, digest), {
        ...state,
        subject: { ...state.subject, digest },
      })
    expect(await sweep(service)).toMatchObject({ state: 'done', counts: { tags: 252, due: 0 } })

    service.setRules({ ...RULE, tags: ['none'] })
    expect((await sweep(service)).counts.tags).toBe(1)
  })

  it('goes on where a registry does not answer for one, and says so', async () => {
    const service = await createSigningService({ rules: [{ ...UNTAGGED, expirySeconds: 86_400 }] })
    const images = [await service.push('one'), await service.push('two')]
    const [first, second] = images
    if (first === undefined || second === undefined) throw new Error('there are two')
    await service.look(...images.map((image) => service.lookAt(image, {})))
    passDays(service, 0.9)
    service.intercept = ({ url }) =>
      url.endsWith(first.digest) ? new Response(null, { status: 500 }) : undefined

    const { state, counts, errors } = await sweep(service)
    expect({ state, due: counts.due }).toEqual({ state: 'done', due: 1 })
    expect(errors).toMatchObject([{ code: 'registry-unavailable' }])
    expect(await count(service, second.digest)).toBe(2)
  })

  it('names a rule whose key cannot be used', async () => {
    const service = await createSigningService({ rules: [UNTAGGED] })
    await service.look(service.lookAt(await service.push(), {}))
    service.beforeDescribing = () => {
      throw new NotationError('key-unknown', 'Cannot describe the key: there is none')
    }

    const { state, errors } = await sweep(service)
    expect(state).toBe('done')
    expect(errors).toMatchObject([{ rule: 'all', code: 'key-unknown' }])
    expect(errors[0]?.registry).not.toBe('')
  })
})
