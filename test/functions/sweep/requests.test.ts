// What a sweep asks of a registry: pulls are counted, and a tag that is signed is come to every quarter of an hour.

import { describe, expect, it } from 'vitest'
import { REPOSITORY } from '../../support/api.ts'
import { pushIndex } from '../../support/pushed-index.ts'
import { sweep } from '../../support/run-sweep.ts'
import { createSigningService, RULE, type SigningService } from '../../support/signing-service.ts'

const LITERAL = { ...RULE, tags: ['v*'] }

/** What a sweep asks for, without the host and the repository. */
async function askedBySweep(service: SigningService): Promise<readonly string[]> {
  service.asked.length = 0
  await sweep(service)
  return service.asked.map((request) => request.replace(`/v2/${REPOSITORY}/`, ''))
}

describe('a sweep', () => {
  it('pulls nothing that is signed: two requests for a tag', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const { digest } = await service.push()
    await sweep(service)

    expect(await askedBySweep(service)).toEqual([
      'GET tags/list',
      'HEAD manifests/v1',
      `GET referrers/${digest}`,
    ])
  })

  it('asks one request for a tag that no rule names', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    await service.push('nightly')

    expect(await askedBySweep(service)).toEqual(['GET tags/list', 'HEAD manifests/nightly'])
  })

  it("asks nothing about another tool's list of signatures", async () => {
    const service = await createSigningService({ rules: [RULE] })
    await service.push(`sha256-${'a'.repeat(64)}.sig`)

    expect(await askedBySweep(service)).toEqual(['GET tags/list'])
    expect(service.signed).toEqual([])
  })

  it('pulls what another rule may want, too', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const { digest } = await service.push()
    await sweep(service)
    service.setRules(LITERAL, { ...LITERAL, name: 'charts', artifactTypes: new Set(['chart']) })

    expect(await askedBySweep(service)).toContain(`GET manifests/${digest}`)
    expect(service.signed).toHaveLength(1)
  })

  it('pulls an index that is signed for its children, and not those that are', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const child = await service.push('amd64')
    const index = await pushIndex(service, 'v1', [child])
    await sweep(service)

    const asked = await askedBySweep(service)
    expect(asked).toContain(`GET manifests/${index.digest}`)
    expect(asked).not.toContain(`GET manifests/${child.digest}`)
  })

  it('pulls no index whose children no rule signs', async () => {
    const service = await createSigningService({ rules: [{ ...LITERAL, sign: 'index' }] })
    const index = await pushIndex(service, 'v1', [await service.push('amd64')])
    await sweep(service)

    const asked = await askedBySweep(service)
    expect(asked).not.toContain(`GET manifests/${index.digest}`)
    expect(asked).toContain(`GET referrers/${index.digest}`)
  })
})
