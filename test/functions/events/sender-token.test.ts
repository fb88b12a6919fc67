import { describe, expect, test } from 'vitest'
import { TOKEN_CLOCK_TOLERANCE_SECONDS } from '../../../functions/limits.ts'
import { AT } from '../../support/certificates.ts'
import { createEventApi, DIGEST, genericEvent, source } from '../../support/events.ts'
import { createTestIssuer, type TokenChanges } from '../../support/oidc-issuer.ts'

const AUDIENCE = 'https://sign.example.com/v1/events/main'
const GOOGLE = 'https://accounts.google.com'
const EMAIL = 'events@my-project.iam.gserviceaccount.com'
const TENANT = '3f4b7e2a-5d7f-4d8e-9c53-0a6a54e2f1aa'
const EVENT_GRID = '4962773b-9cdb-44cf-a8bf-237846a00ab7'
const V2 = `https://login.microsoftonline.com/${TENANT}/v2.0`
const V1 = `https://sts.windows.net/${TENANT}/`

/** Where each issuer's keys are fetched from. */
const KEYS = {
  [GOOGLE]: 'https://www.googleapis.com/oauth2/v3/certs',
  [V2]: `https://login.microsoftonline.com/${TENANT}/discovery/v2.0/keys`,
  [V1]: `https://login.microsoftonline.com/${TENANT}/discovery/keys`,
} as const

const GOOGLE_AUTH = { method: 'google', audience: AUDIENCE, email: EMAIL }
const ENTRA_AUTH = { method: 'entra', audience: AUDIENCE, tenant: TENANT }
const GOOGLE_CLAIMS = { aud: AUDIENCE, sub: '1134', email: EMAIL, email_verified: true }
const V2_CLAIMS = { aud: AUDIENCE, sub: 'app', tid: TENANT, azp: EVENT_GRID }
const V1_CLAIMS = { aud: AUDIENCE, sub: 'app', tid: TENANT, appid: EVENT_GRID }

/** Sends an event with a token of an issuer. */
async function sendWith(
  auth: object,
  issuer: keyof typeof KEYS,
  claims: object,
  changes: TokenChanges = {},
) {
  const one = await createTestIssuer('ES256', issuer)
  const { send, looks } = await createEventApi([source({ auth })], {
    intercept: ({ url }) =>
      url === KEYS[issuer] ? Response.json({ keys: [one.publicJwk] }) : undefined,
  })
  const token = await one.token(AT, { ...changes, claims: { ...claims } })
  const event = genericEvent([{ repository: 'team/app', digest: DIGEST }], {
    authorization: `Bearer ${token}`,
  })
  return { status: (await send('main', event)).status, looks }
}

describe('tokens of senders', () => {
  test.each([
    ['Google’s', GOOGLE_AUTH, GOOGLE, GOOGLE_CLAIMS],
    ['Entra’s of version 2', ENTRA_AUTH, V2, V2_CLAIMS],
    ['Entra’s of version 1', ENTRA_AUTH, V1, V1_CLAIMS],
    [
      'Entra’s for a tenant in upper case',
      { ...ENTRA_AUTH, tenant: TENANT.toUpperCase() },
      V2,
      V2_CLAIMS,
    ],
    [
      'another application’s where CONFIG names it',
      { ...ENTRA_AUTH, appId: TENANT },
      V2,
      { ...V2_CLAIMS, azp: TENANT },
    ],
  ] as const)('%s lets the event in', async (_, auth, issuer, claims) => {
    const { status, looks } = await sendWith(auth, issuer, claims)
    expect(status).toBe(202)
    expect(looks).toHaveLength(1)
  })

  test.each([
    [
      'Google’s for another account',
      GOOGLE_AUTH,
      GOOGLE,
      { ...GOOGLE_CLAIMS, email: 'eve@gmail.com' },
    ],
    [
      'Google’s with an address that is not verified',
      GOOGLE_AUTH,
      GOOGLE,
      { ...GOOGLE_CLAIMS, email_verified: false },
    ],
    [
      'Google’s that says so in text',
      GOOGLE_AUTH,
      GOOGLE,
      { ...GOOGLE_CLAIMS, email_verified: 'true' },
    ],
    ['Google’s without an address', GOOGLE_AUTH, GOOGLE, { ...GOOGLE_CLAIMS, email: undefined }],
    [
      'Google’s for another audience',
      GOOGLE_AUTH,
      GOOGLE,
      { ...GOOGLE_CLAIMS, aud: 'https://other.example.com' },
    ],
    ['Google’s that has expired', GOOGLE_AUTH, GOOGLE, { ...GOOGLE_CLAIMS, exp: 1 }],
    ['Google’s of another issuer', GOOGLE_AUTH, GOOGLE, { ...GOOGLE_CLAIMS, iss: V2 }],
    ['Entra’s for another application', ENTRA_AUTH, V2, { ...V2_CLAIMS, azp: TENANT }],
    ['Entra’s for a user', ENTRA_AUTH, V2, { ...V2_CLAIMS, azp: undefined }],
    ['Entra’s of another tenant', ENTRA_AUTH, V2, { ...V2_CLAIMS, tid: EVENT_GRID }],
    ['Entra’s for another audience', ENTRA_AUTH, V1, { ...V1_CLAIMS, aud: 'api://other' }],
    ['Entra’s with two applications', ENTRA_AUTH, V1, { ...V1_CLAIMS, azp: TENANT }],
    ['Google’s where Entra’s is wanted', ENTRA_AUTH, GOOGLE, GOOGLE_CLAIMS],
  ] as const)('%s is refused', async (_, auth, issuer, claims) => {
    const { status, looks } = await sendWith(auth, issuer, claims)
    expect(status).toBe(401)
    expect(looks).toEqual([])
  })

  test.each([
    ['Google’s', GOOGLE_AUTH, GOOGLE, GOOGLE_CLAIMS],
    ['Entra’s', ENTRA_AUTH, V2, V2_CLAIMS],
  ] as const)(
    '%s are taken by a clock that is off by the tolerance at most',
    async (_, auth, issuer, claims) => {
      const now = Math.floor(AT.getTime() / 1000)
      const statusOf = async (times: object) =>
        (await sendWith(auth, issuer, { ...claims, ...times })).status
      const within = TOKEN_CLOCK_TOLERANCE_SECONDS - 1
      const beyond = TOKEN_CLOCK_TOLERANCE_SECONDS + 1
      expect(await statusOf({ exp: now - within })).toBe(202)
      expect(await statusOf({ exp: now - beyond })).toBe(401)
      expect(await statusOf({ nbf: now + within })).toBe(202)
      expect(await statusOf({ nbf: now + beyond })).toBe(401)
      expect(await statusOf({ iat: now + within })).toBe(202)
      expect(await statusOf({ iat: now + beyond })).toBe(401)
      // Pub/Sub's tokens may be an hour old when they are sent.
      expect(await statusOf({ iat: now - 3600 })).toBe(202)
    },
  )

  test('one that another key has signed is refused', async () => {
    const { keys } = await createTestIssuer('ES256', GOOGLE)
    const changes = { key: keys.privateKey }
    expect((await sendWith(GOOGLE_AUTH, GOOGLE, GOOGLE_CLAIMS, changes)).status).toBe(401)
  })

  test.each([
    ['none', {}],
    ['no JWT', { authorization: 'Bearer abc' }],
    ['a malformed one', { authorization: 'Bearer a.b.c' }],
  ])('%s is refused', async (_, headers) => {
    const { send } = await createEventApi([source({ auth: GOOGLE_AUTH })])
    expect((await send('main', genericEvent([], headers))).status).toBe(401)
  })

  test('with an issuer that cannot be reached the event is to be sent again', async () => {
    const one = await createTestIssuer('ES256', GOOGLE)
    const { send } = await createEventApi([source({ auth: GOOGLE_AUTH })])
    const authorization = `Bearer ${await one.token(AT, { claims: GOOGLE_CLAIMS })}`
    expect((await send('main', genericEvent([], { authorization }))).status).toBe(503)
  })
})
