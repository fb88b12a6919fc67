// The fault table: whatever fails between a push and its signature, at the end the image has exactly one valid
// signature of each profile, or a state with the reason.

import { afterEach, describe, expect, it } from 'vitest'
import { MAX_TASK_ATTEMPTS } from '../../../functions/limits.ts'
import { NotationError } from '../../../shared/errors.ts'
import { recordFault } from '../../support/fault-table.ts'
import { createSigningService, RULE, type SigningService } from '../../support/signing-service.ts'
import { timestampService } from '../../support/timestamp-service.ts'

/** Writes of a state while one image is signed with a timestamp. */
const WRITES = 4

let current: SigningService | undefined
afterEach(async ({ task: { suite, name } }) => {
  if (current === undefined) return
  const { engine, signaturesOf, signRequests } = current
  const digests = [...engine.states.values()].map(({ subject }) => subject)
  const signatures = await Promise.all(digests.map(signaturesOf))
  recordFault({
    fault: `${suite?.name} ${name}`,
    engine: 'memory',
    images: digests.length,
    signatures: signatures.flat().length,
    signRequests: signRequests(),
    requeued: engine.performed.filter(({ outcome }) => outcome === 'retry').length,
    dead: engine.dead.length,
  })
  current = undefined
})

/** The service of the test: a row of the table. */
async function createService(
  ...options: Parameters<typeof createSigningService>
): Promise<SigningService> {
  current = await createSigningService(...options)
  return current
}

async function expectOneSignature(service: SigningService, image: { digest: string }) {
  expect(await service.signaturesOf(image)).toHaveLength(1)
  expect(service.statesOf(image)).toMatchObject([
    { state: 'COMPLETE', manifestDigest: (await service.signaturesOf(image))[0] },
  ])
}

describe('a process that is killed', () => {
  const moments = Array.from({ length: WRITES }, (_, i) => i + 1).flatMap((write) => [
    [write, 'before'] as const,
    [write, 'after'] as const,
  ])

  it.each(moments)(
    'at write %i, %s it is stored, spends at most one signature more',
    async (write, moment) => {
      const authority = timestampService()
      const service = await createService({
        rules: [{ ...RULE, timestampAuthority: 'tsa' }],
        settings: authority.settings,
      })
      service.intercept = authority.answer
      const image = await service.push()
      let crashes = 0
      service.engine.crashOnWrite = (count) => {
        if (count !== write) return undefined
        crashes += 1
        return moment
      }

      await service.look(service.lookAt(image))

      expect(crashes).toBe(1)
      await expectOneSignature(service, image)
      // Between the service's answer and the store nobody knows of it: that one is spent.
      const isLost = write === 2 && moment === 'before'
      expect(service.signed).toHaveLength(isLost ? 2 : 1)
      // Counted before it is asked for: after a crash in between one is counted that was never made.
      const isCounted = isLost || (write === 1 && moment === 'after')
      expect(service.statesOf(image)).toMatchObject([{ signRequests: isCounted ? 2 : 1 }])
    },
  )

  it('writes as often as the table above has rows', async () => {
    const authority = timestampService()
    const service = await createSigningService({
      rules: [{ ...RULE, timestampAuthority: 'tsa' }],
      settings: authority.settings,
    })
    service.intercept = authority.answer

    await service.look(service.lookAt(await service.push()))

    expect(service.engine.writes()).toBe(WRITES)
  })
})

describe('a timestamp authority that is away', () => {
  it('for ten attempts costs one signature', async () => {
    const authority = timestampService()
    const service = await createService({
      rules: [{ ...RULE, timestampAuthority: 'tsa' }],
      settings: authority.settings,
    })
    const image = await service.push()
    service.intercept = (request) => {
      const isDue = service.engine.performed.length >= 10
      return authority.isAsked(request) && !isDue
        ? new Response('busy', { status: 503 })
        : authority.answer(request)
    }

    await service.look(service.lookAt(image))

    expect(service.engine.performed.map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: 10 }, () => 'retry'),
      'settled',
    ])
    expect(service.signed).toHaveLength(1)
    await expectOneSignature(service, image)
  }, 60_000)
})

describe('a registry', () => {
  const isPush = (request: Request, part: string) =>
    request.method !== 'GET' && request.method !== 'HEAD' && request.url.includes(part)

  it.each<[string, (request: Request) => boolean, (image: { digest: string }) => Response, string]>(
    [
      [
        'answers 500 to the manifest',
        (r) => r.url.includes('/manifests/sha256:'),
        () => new Response('', { status: 500 }),
        'registry-unavailable',
      ],
      [
        'answers 429 to the upload',
        (r) => isPush(r, '/blobs/uploads'),
        () => new Response('', { status: 429, headers: { 'retry-after': '7' } }),
        'registry-throttled',
      ],
      [
        'answers 401 to the upload',
        (r) => isPush(r, '/blobs/uploads'),
        () => new Response('', { status: 401 }),
        'registry-denied',
      ],
      [
        'answers 404 to the manifest',
        (r) => r.url.includes('/manifests/sha256:'),
        () => new Response('', { status: 404 }),
        'artifact-unknown',
      ],
      [
        'hangs up',
        (r) => r.url.includes('/referrers/'),
        () => {
          throw new TypeError('fetch failed')
        },
        'registry-unavailable',
      ],
      [
        'serves other bytes than the digest',
        (r) => r.method === 'GET' && r.url.includes('/manifests/sha256:'),
        () =>
          new Response('{"schemaVersion":2}', {
            headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
          }),
        'registry-answer-invalid',
      ],
      [
        'loses the signature manifest',
        (r) => r.method === 'PUT' && r.url.includes('/manifests/'),
        (image) => new Response('', { status: 201, headers: { 'oci-subject': image.digest } }),
        'registry-answer-invalid',
      ],
    ],
  )('that %s three times delays the signature', async (_, isMet, answer, code) => {
    const service = await createService()
    const image = await service.push()
    let left = 3
    service.intercept = (request) => {
      if (left === 0 || !isMet(request)) return undefined
      left -= 1
      return answer(image)
    }

    await service.look(service.lookAt(image))

    expect(service.engine.performed.filter(({ outcome }) => outcome === 'retry')).not.toEqual([])
    expect(service.engine.performed[0]).toMatchObject({ outcome: 'retry', code })
    await expectOneSignature(service, image)
    expect(service.signed).toHaveLength(1)
  })

  it('that asks for patience is given it', async () => {
    const service = await createService()
    const image = await service.push()
    let asked = 0
    service.intercept = (request) =>
      isPush(request, '/blobs/uploads') && ++asked === 1
        ? new Response('', { status: 429, headers: { 'retry-after': '77' } })
        : undefined

    await service.look(service.lookAt(image))

    expect(service.engine.performed[0]).toMatchObject({ outcome: 'retry', delaySeconds: 77 })
  })

  it('that stays away leaves a dead letter and the reason, and a replay signs', async () => {
    const service = await createService()
    const image = await service.push()
    service.intercept = (request) =>
      isPush(request, '/manifests/') ? new Response('', { status: 503 }) : undefined

    await service.look(service.lookAt(image))

    expect(service.engine.performed).toHaveLength(MAX_TASK_ATTEMPTS)
    expect(service.statesOf(image)).toMatchObject([
      { state: 'FAILED', code: 'registry-unavailable', message: expect.stringContaining('503') },
    ])
    expect(service.signed).toHaveLength(1)

    service.intercept = undefined
    await service.engine.replay(service.engine.dead[0]?.id ?? '')
    await service.engine.run()
    await expectOneSignature(service, image)
    expect(service.signed).toHaveLength(1)
  })

  it('that cannot even serve the manifest leaves the reason', async () => {
    const service = await createService()
    const image = await service.push()
    service.intercept = () => new Response('', { status: 503 })

    await service.look(service.lookAt(image))

    const state = [...service.engine.states.values()][0]
    expect(state?.problem).toMatchObject({ code: 'registry-unavailable' })
    expect(service.engine.dead).toHaveLength(1)
  })
})

describe('the tag schema', () => {
  it('that another tool overwrites meanwhile gets the signature listed again', async () => {
    const service = await createService({ referrersApi: false })
    const image = await service.push()
    const tag = image.digest.replace(':', '-')
    let puts = 0
    service.intercept = async (request) => {
      const isUpdate = request.method === 'PUT' && request.url.endsWith(tag)
      if (!isUpdate || ++puts > 1) return undefined
      // What we write is lost: another tool wrote its own list right after.
      return new Response('', { status: 201 })
    }

    await service.look(service.lookAt(image))

    expect(puts).toBe(2)
    await expectOneSignature(service, image)
  })

  it('that cannot be read is never taken for an empty one', async () => {
    const service = await createService({ referrersApi: false })
    const image = await service.push()
    await service.look(service.lookAt(image))
    service.setRules(RULE, { ...RULE, name: 'cose', signatureMediaType: 'application/cose' })
    const tag = image.digest.replace(':', '-')
    let broken = 2
    service.intercept = (request) =>
      request.method === 'GET' && request.url.endsWith(tag) && broken-- > 0
        ? new Response(
            '{"errors":[{"code":"UNKNOWN","message":"invalid checksum digest format"}]}',
            { status: 500 },
          )
        : undefined

    await service.look(service.lookAt(image))

    expect(await service.signaturesOf(image)).toHaveLength(2)
    expect(service.signed).toHaveLength(2)
  })
})

describe('Software Trust Manager', () => {
  it.each([
    ['signer-throttled', 'retry'],
    ['signer-unavailable', 'retry'],
    ['signer-timeout', 'retry'],
    ['signer-denied', 'retry'],
    ['signer-answer-invalid', 'retry'],
    ['signature-unaccounted', 'retry'],
    ['key-unknown', 'dead'],
  ] as const)('that fails with %s is asked again, or not: %s', async (code, outcome) => {
    const service = await createService()
    const image = await service.push()
    let failures = 2
    service.beforeSigning = () => {
      if (failures-- > 0) throw new NotationError(code, 'as the test says')
    }

    await service.look(service.lookAt(image))

    expect(service.engine.performed[0]).toMatchObject({ outcome, code })
    if (outcome === 'dead') {
      expect(service.statesOf(image)).toMatchObject([{ state: 'FAILED', code, signRequests: 1 }])
    } else {
      await expectOneSignature(service, image)
      expect(service.statesOf(image)).toMatchObject([{ signRequests: 3 }])
    }
  })
})

describe('events', () => {
  it('that come a hundred times make one signature', async () => {
    const service = await createService()
    const image = await service.push()

    await service.look(...Array.from({ length: 100 }, () => service.lookAt(image)))

    await expectOneSignature(service, image)
    expect(service.engine.performed).toHaveLength(1)
  })

  it('and two callers at the same time make one signature', async () => {
    const service = await createService()
    const image = await service.push()
    const { registry, repository, digest = '' } = service.lookAt(image)
    const subject = { registry, repository, digest }
    const { keyId } = RULE
    const profile = { keyId, signatureMediaType: 'application/jose+json' } as const
    const look = service.lookAt(image)

    const replies = await Promise.all([
      service.engine.ask(subject, { kind: 'sign', profile }),
      service.engine.ask(subject, { kind: 'look', look, attempt: 1 }),
      service.engine.ask(subject, { kind: 'sign', profile }),
    ])

    expect(replies).toMatchObject([
      { kind: 'signed', signature: { isNew: true } },
      { kind: 'looked', outcome: { kind: 'settled' } },
      { kind: 'signed', signature: { isNew: false } },
    ])
    await expectOneSignature(service, image)
    expect(service.signed).toHaveLength(1)
  })

  it('of an old push, replayed after the tag has moved, sign nothing', async () => {
    const service = await createService()
    const old = await service.push()
    const replayed = service.lookAt(old)
    const image = await service.push()
    await service.look(service.lookAt(image), replayed)

    await expectOneSignature(service, image)
    expect(await service.signaturesOf(old)).toEqual([])
    expect(service.statesOf(old)).toMatchObject([{ state: 'SUPERSEDED' }])
  })
})
