import { expect, it } from 'vitest'
import { profileId } from '../../../functions/signing/profile.ts'
import type { ProfileRequest } from '../../../functions/signing/subject-state.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'

const PROFILE: ProfileRequest = { keyId: 'my-key', signatureMediaType: 'application/jose+json' }
const idOf = (profile: ProfileRequest) => profileId(profile, webCrypto)

it('profileId() is one for what says the same', async () => {
  const id = await idOf(PROFILE)

  expect(await idOf({ ...PROFILE, expirySeconds: 0, userMetadata: {} })).toBe(id)
  expect(await idOf({ ...PROFILE, userMetadata: { a: '1', b: '2' } })).toBe(
    await idOf({ ...PROFILE, userMetadata: { b: '2', a: '1' } }),
  )
})

it.each<[string, Partial<ProfileRequest>]>([
  ['key', { keyId: 'My-Key' }],
  ['envelope type', { signatureMediaType: 'application/cose' }],
  ['timestamp authority', { timestampAuthority: 'digicert' }],
  ['expiry', { expirySeconds: 60 }],
  ['user metadata', { userMetadata: { build: '42' } }],
])('profileId() is another for another %s', async (_, change) => {
  expect(await idOf({ ...PROFILE, ...change })).not.toBe(await idOf(PROFILE))
})
