// What callers hear of signing by rules: statuses, jobs, rules.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../../functions/app.ts'
import { createCapacity } from '../../../functions/capacity.ts'
import { parseConfiguration } from '../../../functions/configuration.ts'
import { NotationError } from '../../../shared/errors.ts'
import { REGISTRY, REPOSITORY } from '../../support/api.ts'
import { expectDocumented } from '../../support/documented-answers.ts'
import { createSigningService, RULE, type SigningService } from '../../support/signing-service.ts'

const OWNER = 'token-of-the-owner'
const STRANGER = 'token-of-a-stranger'
const OPERATOR = 'token-of-the-operator'

function callers(): readonly object[] {
  const caller = (
    name: string,
    token: string,
    permissions: readonly string[],
    repositories: readonly string[],
  ) => ({
    name,
    tokenSha256: createHash('sha256').update(token).digest('hex'),
    permissions,
    keys: ['*'],
    repositories,
  })
  return [
    caller('owner', OWNER, ['sign', 'verify'], [`${REGISTRY}/${REPOSITORY}`]),
    caller('stranger', STRANGER, ['sign', 'verify', 'jobs'], [`${REGISTRY}/other/app`]),
    caller('operator', OPERATOR, ['jobs'], ['*']),
  ]
}

async function createStatusApi(service: SigningService) {
  const configuration = parseConfiguration(
    new TextEncoder().encode(
      JSON.stringify({ registries: [{ host: REGISTRY }], callers: callers() }),
    ),
  )
  const app = createApp({
    ...service.deps,
    configuration,
    capacity: createCapacity({ sign: 1, verify: 1, wait: 1 }),
    signing: { rules: service.rules(), engine: service.engine },
  })
  return async (
    path: string,
    { token = OWNER, ...init }: RequestInit & { token?: string | null } = {},
  ) => {
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const answer = await app.request(path, { ...init, headers })
    await expectDocumented(path, answer)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
}

const statusOf = (reference: string, more = '') =>
  `/v1/signing-status?reference=${encodeURIComponent(reference)}${more}`

describe('GET /v1/signing-status', () => {
  it('shows each profile, by tag as by digest, and nothing that is stored between steps', async () => {
    const service = await createSigningService()
    const image = await service.push()
    await service.look(service.lookAt(image))
    const ask = await createStatusApi(service)

    const { status, body } = await ask(statusOf(`${REGISTRY}/${REPOSITORY}:v1`))

    expect(status).toBe(200)
    const [manifestDigest] = await service.signaturesOf(image)
    expect(body).toEqual({
      artifact: { reference: `${REGISTRY}/${REPOSITORY}@${image.digest}` },
      signatures: [
        {
          profile: { keyId: 'my-key', signatureMediaType: 'application/jose+json' },
          rules: ['all'],
          state: 'COMPLETE',
          signRequests: 1,
          manifestDigest,
          certificateSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          requestedAt: expect.any(String),
          updatedAt: expect.any(String),
          completedAt: expect.any(String),
        },
      ],
    })
    expect(await ask(statusOf(`${REGISTRY}/${REPOSITORY}@${image.digest}`))).toEqual({
      status,
      body,
    })
  })

  it('tells why without what only the operator may read', async () => {
    const service = await createSigningService()
    const image = await service.push()
    service.beforeSigning = () => {
      throw new NotationError('key-unknown', 'keypair "planted-secret" of account 17 is not there')
    }
    await service.look(service.lookAt(image))
    const ask = await createStatusApi(service)

    const { body } = await ask(statusOf(image.digestReference))

    expect(body.signatures).toMatchObject([
      {
        state: 'FAILED',
        code: 'key-unknown',
        message: expect.stringMatching(/^Cannot find the key/),
      },
    ])
    expect(JSON.stringify(body)).not.toContain('planted')
  })

  it('has nothing to show of what nobody told of', async () => {
    const service = await createSigningService()
    const image = await service.push()
    const ask = await createStatusApi(service)
    expect((await ask(statusOf(image.digestReference))).body).toMatchObject({ signatures: [] })
  })

  it('says PENDING from the event on, by digest and by the tag that it told of', async () => {
    const service = await createSigningService()
    const image = await service.push()
    const ask = await createStatusApi(service)
    const { digest: _, ...atTag } = service.lookAt(image)
    const pending = { state: 'PENDING', signatures: [] }
    const byTag = statusOf(`${REGISTRY}/${REPOSITORY}:v1`)

    await service.engine.enqueue([{ task: atTag }])
    expect((await ask(byTag)).body).toMatchObject(pending)
    expect((await ask(statusOf(image.digestReference))).body).not.toHaveProperty('state')
    await service.engine.enqueue([{ task: service.lookAt(image) }])
    expect((await ask(statusOf(image.digestReference))).body).toMatchObject(pending)

    await service.engine.run()
    const { body } = await ask(byTag)
    expect(body).toMatchObject({ signatures: [{ state: 'COMPLETE' }] })
    expect(body).not.toHaveProperty('state')
  })

  it('says PENDING while a first look is at work, and not of one that has written', async () => {
    const service = await createSigningService()
    const image = await service.push()
    const ask = await createStatusApi(service)
    service.engine.findLook = async () => 'active'
    expect((await ask(statusOf(image.digestReference))).body.state).toBe('PENDING')
    await service.look(service.lookAt(image))
    expect((await ask(statusOf(image.digestReference))).body).not.toHaveProperty('state')
  })

  it('says PENDING beside what stands, and waits for the look', async () => {
    const service = await createSigningService()
    const image = await service.push()
    await service.look(service.lookAt(image))
    service.setRules(RULE, { ...RULE, name: 'other', keyId: 'other-key' })
    await service.engine.enqueue([{ task: service.lookAt(image) }])
    const ask = await createStatusApi(service)
    expect((await ask(statusOf(image.digestReference))).body).toMatchObject({
      state: 'PENDING',
      signatures: [{ state: 'COMPLETE' }],
    })

    service.engine.waitForChange = async (subject) => {
      await service.engine.run()
      return service.engine.readState(subject)
    }
    const { body } = await ask(statusOf(image.digestReference, '&wait=5'))
    expect(body.signatures).toHaveLength(2)
    expect(body).not.toHaveProperty('state')
  })

  it('waits until nothing changes by itself', async () => {
    const service = await createSigningService()
    const image = await service.push()
    const ask = await createStatusApi(service)
    service.engine.waitForChange = async (subject) => {
      await service.look(service.lookAt(image))
      return service.engine.readState(subject)
    }

    const { body } = await ask(statusOf(image.digestReference, '&wait=5'))

    expect(body.signatures).toMatchObject([{ state: 'COMPLETE' }])
  })

  it('answers at once where too many wait already', async () => {
    const service = await createSigningService()
    const image = await service.push()
    const ask = await createStatusApi(service)
    let letGo = (): void => {}
    service.engine.waitForChange = async () => {
      await new Promise<void>((resolve) => {
        letGo = resolve
      })
      await service.look(service.lookAt(image))
      return service.engine.readState({
        registry: REGISTRY,
        repository: REPOSITORY,
        digest: image.digest,
      })
    }
    const waiting = ask(statusOf(image.digestReference, '&wait=30'))
    await new Promise((resolve) => setTimeout(resolve, 20))

    expect((await ask(statusOf(image.digestReference, '&wait=30'))).body.signatures).toEqual([])
    letGo()
    expect((await waiting).body.signatures).toHaveLength(1)
  })

  it.each([
    ['', 'request-invalid'],
    ['?reference=x', 'reference-invalid'],
    ['?reference=registry.example.com/team/app:v1&wait=31', 'request-invalid'],
    ['?reference=registry.example.com/team/app:v1&wait=-1', 'request-invalid'],
    ['?reference=registry.example.com/team/app:v1&for=1', 'request-invalid'],
  ])('refuses %s', async (query, code) => {
    const ask = await createStatusApi(await createSigningService())
    expect((await ask(`/v1/signing-status${query}`)).body.code).toBe(code)
  })

  it('shows a foreign repository as one that is not there, and nobody anything', async () => {
    const service = await createSigningService()
    const image = await service.push()
    await service.look(service.lookAt(image))
    const ask = await createStatusApi(service)

    for (const token of [STRANGER, OPERATOR])
      expect(await ask(statusOf(image.digestReference), { token })).toMatchObject({
        status: 404,
        body: { code: 'artifact-unknown' },
      })
    expect((await ask(statusOf(image.digestReference), { token: null })).status).toBe(401)
  })
})

describe('the dead letters', () => {
  async function withDeadLetter() {
    const service = await createSigningService()
    const image = await service.push()
    service.beforeSigning = () => {
      throw new NotationError('key-unknown', 'of account 17')
    }
    await service.look(service.lookAt(image))
    service.beforeSigning = undefined
    return { service, image, ask: await createStatusApi(service) }
  }

  it('are listed with the reason, and signed when they are replayed', async () => {
    const { service, image, ask } = await withDeadLetter()
    const { body } = await ask('/v1/signing-jobs', { token: OPERATOR })
    const [job] = body.jobs as readonly { id: string }[]
    expect(job).toMatchObject({
      state: 'dead',
      attempts: 1,
      code: 'key-unknown',
      message: expect.stringMatching(/^Cannot find the key/),
      task: { kind: 'look', digest: image.digest },
    })

    const path = `/v1/signing-jobs/${job?.id}/replay`
    const replayed = await ask(path, { method: 'POST', token: OPERATOR })
    expect(replayed).toEqual({ status: 200, body: { id: job?.id, replayed: true } })
    await service.engine.run()

    expect(await service.signaturesOf(image)).toHaveLength(1)
    expect((await ask(path, { method: 'POST', token: OPERATOR })).body.code).toBe('job-unknown')
  })

  it('of other repositories are neither shown nor replayed', async () => {
    const { service, ask } = await withDeadLetter()
    const [job] = service.engine.dead

    expect((await ask('/v1/signing-jobs', { token: STRANGER })).body).toEqual({ jobs: [] })
    const path = `/v1/signing-jobs/${job?.id}/replay`
    expect((await ask(path, { method: 'POST', token: STRANGER })).body.code).toBe('job-unknown')
    expect(service.engine.dead).toHaveLength(1)
  })

  it('need a permission of their own', async () => {
    const { ask } = await withDeadLetter()
    expect((await ask('/v1/signing-jobs')).body.code).toBe('caller-forbidden')
    expect((await ask('/v1/signing-jobs', { token: null })).status).toBe(401)
    expect((await ask('/v1/signing-jobs/x/replay', { method: 'POST' })).status).toBe(403)
  })

  it.each(['state=done', 'limit=0', 'limit=201', `after=${'x'.repeat(300)}`])(
    'refuse %s',
    async (query) => {
      const { ask } = await withDeadLetter()
      const { body } = await ask(`/v1/signing-jobs?${query}`, { token: OPERATOR })
      expect(body.code).toBe('request-invalid')
    },
  )
})

describe('POST /v1/rules/explain', () => {
  const explain = (reference: string) => ({ method: 'POST', body: JSON.stringify({ reference }) })

  it('says which rules an image meets, and why it meets no others', async () => {
    const service = await createSigningService({
      rules: [
        { ...RULE, requiredStatement: 'build', maxSignaturesPerDay: 5 },
        { ...RULE, name: 'releases', tags: ['release-*'] },
        { ...RULE, name: 'others', repositories: [`${REGISTRY}/other/*`] },
        {
          ...RULE,
          name: 'charts',
          artifactTypes: new Set(['application/vnd.cncf.helm.config.v1+json']),
        },
      ],
    })
    const image = await service.push()
    const ask = await createStatusApi(service)

    const { body } = await ask('/v1/rules/explain', explain(`${REGISTRY}/${REPOSITORY}:v1`))

    expect(body).toMatchObject({
      artifact: { reference: image.digestReference },
      rules: [
        {
          name: 'all',
          applies: true,
          signsItself: true,
          signsChildren: false,
          conditions: { signedBy: 'build', maxSignaturesPerDay: 5 },
        },
        { name: 'releases', applies: false, reason: 'tag' },
        { name: 'others', applies: false, reason: 'repository' },
        { name: 'charts', applies: false, reason: 'artifact-type' },
      ],
    })
    expect(service.signed).toEqual([])
  })

  it('says of a signature that none is signed, and of a digest that it has no tag', async () => {
    const service = await createSigningService()
    const image = await service.push()
    await service.look(service.lookAt(image))
    const [signature] = await service.signaturesOf(image)
    const ask = await createStatusApi(service)

    const ofSignature = await ask(
      '/v1/rules/explain',
      explain(`${REGISTRY}/${REPOSITORY}@${signature}`),
    )
    expect(ofSignature.body.rules).toEqual([{ name: 'all', applies: false, reason: 'referrer' }])
    const ofDigest = await ask('/v1/rules/explain', explain(image.digestReference))
    expect(ofDigest.body.rules).toEqual([{ name: 'all', applies: false, reason: 'untagged' }])
  })

  it('shows a foreign repository as one that is not there', async () => {
    const ask = await createStatusApi(await createSigningService())
    const { status } = await ask('/v1/rules/explain', {
      ...explain(`${REGISTRY}/${REPOSITORY}:v1`),
      token: STRANGER,
    })
    expect(status).toBe(404)
  })
})

it('a server where nothing signs by itself says so', async () => {
  const service = await createSigningService()
  const app = createApp(service.deps)
  const headers = { authorization: 'Bearer token-of-the-ci-job' }
  const answer = await app.request(statusOf(`${REGISTRY}/${REPOSITORY}:v1`), { headers })
  expect(answer.status).toBe(503)
})
