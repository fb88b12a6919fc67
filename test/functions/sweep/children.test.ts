// What a sweep finds due among the children of an index.

import { describe, expect, it } from 'vitest'
import { pushIndex } from '../../support/pushed-index.ts'
import { sweep } from '../../support/run-sweep.ts'
import { createSigningService, RULE, type SigningService } from '../../support/signing-service.ts'

const OF_CHILDREN = { ...RULE, tags: ['v*'], sign: 'children' } as const
const JUST_OVER_AN_HOUR_MS = 3601 * 1000

async function countDue(service: SigningService): Promise<number> {
  return (await sweep(service)).counts.due
}

async function count(service: SigningService, digest: string): Promise<number> {
  return (await service.signaturesOf({ digest })).length
}

describe('a sweep', () => {
  it('finds a child that was told of before its index, whose event is lost', async () => {
    const service = await createSigningService({ rules: [OF_CHILDREN] })
    const child = await service.push('amd64')
    await pushIndex(service, 'v1', [child])
    await service.look(service.lookAt(child))
    expect(await count(service, child.digest)).toBe(0)

    expect(await countDue(service)).toBe(1)
    expect(await count(service, child.digest)).toBe(1)
    expect(await countDue(service)).toBe(0)
  })

  it('finds a child whose look was given up, an hour later', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, tags: ['v*'] }] })
    const child = await service.push('amd64')
    const index = await pushIndex(service, 'v1', [child])
    service.intercept = ({ url }) =>
      url.endsWith(`/manifests/${child.digest}`) ? new Response(null, { status: 503 }) : undefined
    await service.look(service.lookAt(index))
    service.intercept = undefined
    expect(service.engine.dead).toHaveLength(1)

    expect(await countDue(service)).toBe(0)
    service.setNow(new Date(service.deps.now().getTime() + JUST_OVER_AN_HOUR_MS))
    expect(await countDue(service)).toBe(1)
    expect(await count(service, child.digest)).toBe(1)
  })

  it('finds children that only a later rule wants', async () => {
    const service = await createSigningService({ rules: [{ ...OF_CHILDREN, sign: 'index' }] })
    const child = await service.push('amd64')
    const index = await pushIndex(service, 'v1', [child])
    await service.look(service.lookAt(child), service.lookAt(index))
    expect(await count(service, child.digest)).toBe(0)
    service.setRules(OF_CHILDREN)

    expect(await countDue(service)).toBe(1)
    expect(await count(service, child.digest)).toBe(1)
  })

  it('finds what lies two levels deep, and nothing below', async () => {
    const service = await createSigningService({ rules: [OF_CHILDREN] })
    const images = [await service.push('second'), await service.push('third')]
    const [second, third] = images
    if (second === undefined || third === undefined) throw new Error('there are two')
    const deepest = await pushIndex(service, 'deepest', [third])
    const inner = await pushIndex(service, 'inner', [second, deepest])
    await pushIndex(service, 'v1', [inner])

    expect(await countDue(service)).toBe(1)
    expect(await Promise.all(images.map(({ digest }) => count(service, digest)))).toEqual([1, 0])
    expect(await countDue(service)).toBe(0)
  })

  it('finds nothing in an index of what no rule wants', async () => {
    const artifactTypes = new Set(['application/vnd.cncf.helm.config.v1+json'])
    const service = await createSigningService({ rules: [{ ...OF_CHILDREN, artifactTypes }] })
    await pushIndex(service, 'v1', [await service.push('image')])

    expect(await countDue(service)).toBe(0)
  })

  it('goes on where the registry has lost a child', async () => {
    const service = await createSigningService({ rules: [OF_CHILDREN] })
    const lost = await service.push('lost')
    const child = await service.push('child')
    await pushIndex(service, 'v1', [lost, child])
    service.intercept = ({ url }) =>
      url.endsWith(`/manifests/${lost.digest}`) ? new Response(null, { status: 404 }) : undefined

    expect(await countDue(service)).toBe(1)
    expect(await count(service, child.digest)).toBe(1)
  })
})
