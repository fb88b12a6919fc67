// The registry's rows of the fault table: whatever it does wrong, nothing is lost and no signature is paid for twice.

import { describe, expect, it } from 'vitest'
import { MAX_TASK_ATTEMPTS } from '../../../functions/limits.ts'
import { createFaultedService, expectOneSignature } from '../../support/faulted-service.ts'
import { RULE } from '../../support/signing-service.ts'

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
        'does not answer in time',
        (r) => isPush(r, '/manifests/'),
        () => {
          throw new DOMException('The operation timed out', 'TimeoutError')
        },
        'registry-timeout',
      ],
      [
        'cuts an upload off',
        (r) => r.method === 'PUT' && r.url.includes('/blobs/uploads'),
        () => {
          throw new TypeError('fetch failed', { cause: new Error('other side closed') })
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
    const service = await createFaultedService()
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
    const service = await createFaultedService()
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
    const service = await createFaultedService()
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
    const service = await createFaultedService()
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
    const service = await createFaultedService({ referrersApi: false })
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

  it.each(['before', 'after'] as const)(
    'that is cut off %s it is written lists one signature',
    async (moment) => {
      const service = await createFaultedService({ referrersApi: false })
      const image = await service.push()
      const tag = image.digest.replace(':', '-')
      let left = 3
      service.intercept = async (request) => {
        if (request.method !== 'PUT' || !request.url.endsWith(tag) || left === 0) return undefined
        left -= 1
        if (moment === 'after') await service.fetchOfClients(request)
        throw new TypeError('fetch failed', { cause: new Error('other side closed') })
      }

      await service.look(service.lookAt(image))

      // What was written the next attempt finds.
      expect(left).toBe(moment === 'after' ? 2 : 0)
      await expectOneSignature(service, image)
      expect(service.signed).toHaveLength(1)
    },
  )

  it('that cannot be read is never taken for an empty one', async () => {
    const service = await createFaultedService({ referrersApi: false })
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
