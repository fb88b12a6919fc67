// What callers of /v1/sign leave behind at an artifact's actor.

import { describe, expect, it } from 'vitest'
import { MAX_CALLERS_PROFILE_CHARACTERS, MAX_CALLERS_PROFILES } from '../../../functions/limits.ts'
import type { ProfileRequest } from '../../../functions/signing/subject-state.ts'
import { NotationError } from '../../../shared/errors.ts'
import { createSigningService, RULE, type SigningService } from '../../support/signing-service.ts'
import { timestampService } from '../../support/timestamp-service.ts'

const PROFILE: ProfileRequest = { keyId: 'my-key', signatureMediaType: 'application/jose+json' }

async function sign(service: SigningService, { digest }: { digest: string }, change = {}) {
  const { registry, repository } = service.lookAt({ digest })
  const profile = { ...PROFILE, ...change }
  return service.engine.ask({ registry, repository, digest }, { kind: 'sign', profile })
}

/** As if the one profile that there is had been signed with in so many ways. */
function multiplyProfiles({ engine }: SigningService): void {
  const [[key, state] = ['', undefined]] = engine.states
  const [[, profile] = ['', undefined]] = Object.entries(state?.profiles ?? {})
  const profiles = Object.fromEntries(
    Array.from({ length: MAX_CALLERS_PROFILES }, (_, i) => [i, profile]),
  )
  const states = engine.states as Map<string, unknown>
  states.set(key, { ...state, profiles })
}

describe('a call to sign that fails', () => {
  it('before a signature was asked for leaves nothing', async () => {
    const service = await createSigningService({ rules: [] })
    const image = await service.push()
    service.beforeDescribing = () => {
      throw new NotationError('key-unknown', 'Cannot find the key')
    }

    for (const keyId of ['one', 'two', 'three'])
      expect(await sign(service, image, { keyId })).toMatchObject({ code: 'key-unknown' })

    expect(service.engine.writes()).toBe(0)
  })

  it('at Software Trust Manager leaves no profile', async () => {
    const service = await createSigningService({ rules: [] })
    const image = await service.push()
    service.beforeSigning = () => {
      throw new NotationError('signer-throttled', 'busy')
    }

    expect(await sign(service, image)).toMatchObject({ kind: 'failed', code: 'signer-throttled' })

    expect(service.statesOf(image)).toEqual([])
  })

  it('after a signature was made is FAILED, and the next call uses that signature', async () => {
    const authority = timestampService()
    const service = await createSigningService({ rules: [], settings: authority.settings })
    const image = await service.push()
    service.intercept = (request) =>
      authority.isAsked(request) ? new Response('busy', { status: 503 }) : undefined
    const change = { timestampAuthority: 'tsa' }

    expect(await sign(service, image, change)).toMatchObject({ code: 'timestamp-unavailable' })
    expect(service.statesOf(image)).toMatchObject([
      { state: 'FAILED', code: 'timestamp-unavailable' },
    ])

    service.intercept = authority.answer
    expect(await sign(service, image, change)).toMatchObject({ kind: 'signed' })
    expect(service.signed).toHaveLength(1)
    expect(service.statesOf(image)).toMatchObject([{ state: 'COMPLETE' }])
  })

  it('leaves what rules hold back as it was', async () => {
    const service = await createSigningService({ rules: [{ ...RULE, maxSignaturesPerDay: 0 }] })
    const image = await service.push()
    await service.look(service.lookAt(image))
    const [held] = service.statesOf(image)
    service.beforeSigning = () => {
      throw new NotationError('signer-throttled', 'busy')
    }

    await sign(service, image)

    expect(held).toMatchObject({ state: 'HELD', code: 'daily-limit-reached' })
    const { message } = held as { readonly message: string }
    expect(service.statesOf(image)).toMatchObject([{ state: 'HELD', message, signRequests: 1 }])
  })
})

it('an artifact has so many profiles, and no more', async () => {
  const service = await createSigningService({ rules: [] })
  const image = await service.push()
  await sign(service, image)
  multiplyProfiles(service)

  expect(await sign(service, image, { userMetadata: { build: 'one more' } })).toMatchObject({
    kind: 'failed',
    code: 'request-invalid',
    message: `Cannot sign this artifact: it has ${MAX_CALLERS_PROFILES} signing profiles already; ask for one of those, as /v1/signing-status lists them`,
  })
  expect(service.signed).toHaveLength(1)
})

it('user metadata of callers have so much room, and no more', async () => {
  const service = await createSigningService({ rules: [] })
  const image = await service.push()
  const text = 'x'.repeat(4096)
  const metadata = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`key-${i}`, text]))
  let replies = 0
  for (let last = 'signed'; last === 'signed' && replies < MAX_CALLERS_PROFILES; replies++) {
    const userMetadata = { ...metadata, build: `${replies}` }
    last = (await sign(service, image, { userMetadata })).kind
  }

  expect(service.signed).toHaveLength(replies - 1)
  const { length } = JSON.stringify(service.statesOf(image))
  expect(length).toBeGreaterThan(MAX_CALLERS_PROFILE_CHARACTERS - 64 * 1024)
  expect(length).toBeLessThan(MAX_CALLERS_PROFILE_CHARACTERS + 64 * 1024)
})

it('what callers have signed does not keep rules from signing', async () => {
  const service = await createSigningService({ rules: [] })
  const image = await service.push()
  await sign(service, image)
  multiplyProfiles(service)
  service.setRules({ ...RULE, signatureMediaType: 'application/cose' })

  await service.look(service.lookAt(image))

  expect(service.statesOf(image).at(-1)).toMatchObject({ state: 'COMPLETE', rules: ['all'] })
})
