// Sweeps: what they find due, and that they find it page by page.

import { describe, expect, it } from 'vitest'
import { pushImage } from '../../../demo/image.ts'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'
import { checkReadiness } from '../../../functions/readiness.ts'
import { pauseBetween } from '../../../functions/sweep/perform-sweep-step.ts'
import { startSweep } from '../../../functions/sweep/start-sweep.ts'
import { readRun, writeRun } from '../../../functions/sweep/sweep-run.ts'
import { NotationError } from '../../../shared/errors.ts'
import { REGISTRY, REPOSITORY } from '../../support/api.ts'
import { sweep } from '../../support/run-sweep.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

const LITERAL = { ...RULE, repositories: [`${REGISTRY}/${REPOSITORY}`] }

describe('a sweep', () => {
  it('has signed what nobody told of, and finds nothing the next time', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const images = [await service.push('one'), await service.push('two')]

    const run = await sweep(service)

    expect(run).toMatchObject({
      state: 'done',
      counts: { repositories: 1, tags: 2, due: 2, postponed: 0 },
      due: [
        { reference: `${REGISTRY}/${REPOSITORY}:one`, reason: 'unsigned' },
        { reference: `${REGISTRY}/${REPOSITORY}:two`, reason: 'unsigned' },
      ],
      errors: [],
    })
    for (const image of images) expect(await service.signaturesOf(image)).toHaveLength(1)

    expect((await sweep(service)).counts).toEqual({
      repositories: 1,
      tags: 2,
      due: 0,
      postponed: 0,
    })
    expect(service.signed).toHaveLength(2)
  })

  it('is measured by what it finds, unless it is dry', async () => {
    const metrics = createMetricsRegistry()
    const globs = { ...RULE, name: 'globs', repositories: [`${REGISTRY}/other/*`] }
    const service = await createSigningService({ rules: [LITERAL, globs], metrics })
    const measured = async () => {
      const lines = (await metrics.render()).split('\n')
      return lines.filter((line) => line.startsWith('stm_notary_sweep_'))
    }
    await service.push()
    await sweep(service, true)
    expect(await measured()).toEqual([])

    await sweep(service)
    expect(await measured()).toEqual([
      'stm_notary_sweep_tags_total{finding="unsigned"} 1',
      'stm_notary_sweep_errors_total{code="catalogue-missing"} 1',
    ])
    await sweep(service)
    expect(await measured()).toContain('stm_notary_sweep_tags_total{finding="in-order"} 1')
  })

  it('signs nothing when it is dry', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    await service.push()

    const run = await sweep(service, true)

    expect(run).toMatchObject({ dryRun: true, state: 'done', counts: { due: 1 } })
    expect(service.signed).toEqual([])
    expect(service.engine.performed.filter(({ task }) => task.kind === 'look')).toEqual([])
  })

  it('has signed again what is about to expire', async () => {
    const service = await createSigningService({ rules: [{ ...LITERAL, expirySeconds: 3000 }] })
    await service.push()
    await sweep(service)
    service.setNow(new Date(service.deps.now().getTime() + 2000_000))

    expect((await sweep(service)).due).toMatchObject([{ reason: 'expiring' }])
    expect(service.signed).toHaveLength(2)
  })

  it('has listed again what another tool has overwritten, without another signature', async () => {
    const service = await createSigningService({ rules: [LITERAL], referrersApi: false })
    const image = await service.push()
    await sweep(service)
    const before = await service.signaturesOf(image)
    await service.put(image.digest.replace(':', '-'), {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [],
    })
    expect(await service.signaturesOf(image)).toEqual([])

    expect((await sweep(service)).due).toMatchObject([{ reason: 'not-listed' }])
    expect(await service.signaturesOf(image)).toEqual(before)
    expect(service.signed).toHaveLength(1)
    expect((await sweep(service)).due).toEqual([])
  })

  it('has signed again what others removed, list and manifest', async () => {
    const service = await createSigningService({ rules: [LITERAL], referrersApi: false })
    const image = await service.push()
    await sweep(service)
    const [removed] = await service.signaturesOf(image)
    const tag = image.digest.replace(':', '-')
    await service.put(tag, { schemaVersion: 2, mediaType: INDEX, manifests: [] })
    service.intercept = ({ method, url }) =>
      method === 'GET' && url.endsWith(`/manifests/${removed}`)
        ? new Response('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', { status: 404 })
        : undefined
    // The same second would make the same manifest.
    service.setNow(new Date(service.deps.now().getTime() + 1000))

    await sweep(service)

    expect(service.signed).toHaveLength(2)
    expect(await service.signaturesOf(image)).toHaveLength(1)
    expect(await service.signaturesOf(image)).not.toContain(removed)
  })

  it('has signed again what the registry does not list, whatever is pushed', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const image = await service.push()
    await sweep(service)
    const [forgotten] = await service.signaturesOf(image)
    // A registry that got its referrers API later, and never looks at what it had before.
    service.intercept = async (request) => {
      if (!new URL(request.url).pathname.includes('/referrers/')) return undefined
      const { manifests, ...index } = (await (await service.fetchOfClients(request)).json()) as {
        manifests: readonly { digest: string }[]
      }
      const listed = manifests.filter(({ digest }) => digest !== forgotten)
      return Response.json({ ...index, manifests: listed }, { headers: { 'content-type': INDEX } })
    }
    service.setNow(new Date(service.deps.now().getTime() + 1000))

    await sweep(service)

    expect(service.signed).toHaveLength(2)
    expect(await service.signaturesOf(image)).toHaveLength(2)
    expect(service.engine.dead).toEqual([])
  })

  it('reports tags of referrers whose image is gone, and signs no such tag', async () => {
    const service = await createSigningService({ rules: [LITERAL], referrersApi: false })
    await service.push()
    await sweep(service)
    const orphan = `sha256-${'0'.repeat(64)}`
    await service.put(orphan, { schemaVersion: 2, mediaType: INDEX, manifests: [] })

    const run = await sweep(service)

    expect(run).toMatchObject({
      orphanedTags: [`${REGISTRY}/${REPOSITORY}:${orphan}`],
      counts: { due: 0 },
    })
  })

  it('expands globs by the catalogue, page by page', async () => {
    const service = await createSigningService({
      rules: [{ ...RULE, repositories: [`${REGISTRY}/team/**`] }],
    })
    for (const name of ['team/a', 'team/b', 'other/c'])
      await pushImage(REGISTRY, name, 'v1', service.fetchOfClients)
    service.intercept = (request) => {
      const { pathname, searchParams } = new URL(request.url)
      if (pathname !== '/v2/_catalog') return undefined
      return searchParams.has('last')
        ? Response.json({ repositories: ['team/b'] })
        : Response.json(
            { repositories: ['other/c', 'team/a'] },
            { headers: { link: '</v2/_catalog?n=2&last=team%2Fa>; rel="next"' } },
          )
    }

    const run = await sweep(service)

    expect(run).toMatchObject({ state: 'done', counts: { repositories: 2, tags: 2, due: 2 } })
    expect(service.signed).toHaveLength(2)
  })

  it('names a rule whose globs no catalogue expands, and sweeps the rest', async () => {
    const service = await createSigningService({
      rules: [LITERAL, { ...RULE, name: 'globs', repositories: [`${REGISTRY}/other/*`] }],
    })
    await service.push()

    const run = await sweep(service)

    expect(run).toMatchObject({
      state: 'done',
      counts: { due: 1 },
      errors: [{ rule: 'globs', registry: REGISTRY, code: 'catalogue-missing' }],
    })
  })

  it('is what /readyz tells of when it has ended, until another ends; a dry one is not', async () => {
    const globs = { ...RULE, name: 'globs', repositories: [`${REGISTRY}/other/*`] }
    const service = await createSigningService({ rules: [LITERAL, globs] })
    const { deps, engine } = service
    const check = async () => {
      const signing = { engine, rules: service.rules() }
      const fetchOfProbe = async () => new Response('')
      return checkReadiness({ ...deps, fetch: fetchOfProbe, signing, readinessCache: {} })
    }
    const ready = { status: 'ready', failing: [] }
    await sweep(service, true)
    expect(await check()).toEqual({ ...ready, degraded: [] })

    await sweep(service)
    expect(await check()).toEqual({ ...ready, degraded: ['rule globs'] })
    service.setRules(LITERAL)
    await sweep(service, true)
    expect(await check()).toEqual({ ...ready, degraded: ['rule globs'] })
    await startSweep({ engine, rules: service.rules(), now: deps.now, dryRun: false })
    expect(await check()).toEqual({ ...ready, degraded: ['rule globs'] })
    await engine.run()
    expect(await check()).toEqual({ ...ready, degraded: [] })
  })

  it('names a rule once, however many pages find that its key cannot be used', async () => {
    const broken = { ...RULE, name: 'broken', keyId: 'gone-key' }
    const repositories = ['one', 'two'].map((name) => `${REGISTRY}/${REPOSITORY}-${name}`)
    const service = await createSigningService({ rules: [{ ...broken, repositories }] })
    for (const repository of repositories)
      await pushImage(REGISTRY, repository.slice(REGISTRY.length + 1), 'v1', service.fetchOfClients)
    service.beforeDescribing = () => {
      throw new NotationError('key-unknown', 'there is no such key')
    }

    expect((await sweep(service)).errors).toMatchObject([{ rule: 'broken', code: 'key-unknown' }])
  })

  it.each([
    [401, 'check the username and password'],
    [403, 'the account lacks the permission'],
    [400, ''],
  ])(
    'names a rule whose globs a catalogue that answers %i does not expand, at once',
    async (status, remedy) => {
      const globs = { ...RULE, name: 'globs', repositories: [`${REGISTRY}/other/*`] }
      const service = await createSigningService({ rules: [globs] })
      service.intercept = ({ url }) =>
        url.includes('/_catalog') ? new Response('', { status }) : undefined

      const { errors } = await sweep(service)

      expect(errors).toMatchObject([{ rule: 'globs', code: 'catalogue-missing' }])
      expect(errors[0]?.message).toContain(`answered ${status}`)
      expect(errors[0]?.message).toContain(remedy)
      expect(service.asked.filter((asked) => asked.includes('/_catalog'))).toHaveLength(1)
    },
  )

  it('tries a registry again that is away, and goes on from where it was', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    await service.push()
    let away = 3
    service.intercept = (request) =>
      request.url.includes('/tags/list') && away-- > 0
        ? new Response('', { status: 503 })
        : undefined

    expect(await sweep(service)).toMatchObject({ state: 'done', counts: { due: 1 }, errors: [] })
  })

  it('goes on without a registry that stays away, and says so', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    await service.push()
    service.intercept = () => new Response('', { status: 503 })

    expect(await sweep(service)).toMatchObject({
      state: 'done',
      errors: [{ registry: REGISTRY, repository: REPOSITORY, code: 'registry-unavailable' }],
    })
  })

  it('goes on with other rules where the key of one cannot be used, and names that rule', async () => {
    const broken = { ...LITERAL, name: 'broken', keyId: 'gone-key' }
    const service = await createSigningService({ rules: [broken, LITERAL] })
    const image = await service.push()
    service.beforeDescribing = (keyId) => {
      if (keyId === 'gone-key') throw new NotationError('key-unknown', 'there is no such key')
    }

    const run = await sweep(service)

    expect(run.errors).toMatchObject([{ rule: 'broken', code: 'key-unknown' }])
    expect(await service.signaturesOf(image)).toHaveLength(1)
  })

  it('leaves what was given up alone for an hour', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const image = await service.push()
    service.beforeSigning = () => {
      throw new NotationError('chain-invalid', 'the certificate has expired')
    }
    await sweep(service)
    expect(service.statesOf(image)).toMatchObject([{ state: 'FAILED' }])
    service.beforeSigning = undefined

    expect((await sweep(service)).counts.due).toBe(0)
    service.setNow(new Date(service.deps.now().getTime() + 3601_000))
    expect((await sweep(service)).counts.due).toBe(1)
    expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE' }])
  })

  it('takes no name for a path', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    await service.push()
    service.intercept = (request) =>
      request.url.includes('/tags/list')
        ? Response.json({ tags: ['v1', '../../../v2/other/app/manifests/v1', 'a/b', ''] })
        : undefined
    service.asked.length = 0

    expect((await sweep(service)).counts.tags).toBe(1)
    expect(service.asked.filter((asked) => asked.includes('other'))).toEqual([])
  })

  it('is one at a time', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const start = () =>
      startSweep({
        engine: service.engine,
        rules: service.rules(),
        now: service.deps.now,
        dryRun: false,
      })
    const first = await start()
    expect((await start()).id).toBe(first.id)
    await service.engine.run()
    expect((await start()).id).not.toBe(first.id)
  })

  it('goes on where the queue did not take its step', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    const image = await service.push()
    const { engine, rules, deps } = service
    const start = { engine, rules: rules(), now: deps.now, dryRun: false }
    const away = async () => {
      throw new NotationError('queue-unavailable', 'it is away')
    }
    const failing = { ...start, engine: { ...engine, enqueue: away } }
    await expect(startSweep(failing)).rejects.toThrow('it is away')

    await startSweep(start)
    await engine.run()

    expect(await readRun(engine)).toMatchObject({ state: 'done' })
    expect(await service.signaturesOf(image)).toHaveLength(1)
  })

  it('sends the next step again where the one before was stored and the next was not sent', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    await service.push()
    const { engine, rules, deps } = service
    const start = { engine, rules: rules(), now: deps.now, dryRun: false }
    const run = await startSweep(start)
    await writeRun(engine, { ...run, step: 1 })

    await engine.run()

    expect(await readRun(engine)).toMatchObject({ state: 'done', counts: { due: 1 } })
    expect(service.signed).toHaveLength(1)
  })

  it('loses no step when one is delivered twice', async () => {
    const service = await createSigningService({ rules: [LITERAL] })
    await service.push()
    const run = await sweep(service)
    await service.engine.enqueue([{ task: { kind: 'sweep', run: run.id, step: 0 } }])
    await service.engine.run()

    expect(await readRun(service.engine, run.id)).toEqual(run)
    expect(service.signed).toHaveLength(1)
  })
})

const INDEX = 'application/vnd.oci.image.index.v1+json'

describe('pauseBetween()', () => {
  const others = { due: 0, postponed: 0 }
  const counts = (repositories: number, tags: number) => ({ repositories, tags, ...others })

  it.each([
    [counts(0, 0), counts(1, 1), 0],
    [counts(49, 49), counts(50, 49), 0],
    [counts(49, 50), counts(50, 50), 1],
    [counts(1, 40), counts(1, 140), 1],
    [counts(1, 140), counts(2, 190), 0],
  ])('from %j to %j is %i s', (before, after, seconds) => {
    expect(pauseBetween(before, after)).toBe(seconds)
  })
})
