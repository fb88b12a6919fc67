import { exportSPKI, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AuditDetails } from '../../functions/audit.ts'
import { authenticate, type Caller } from '../../functions/callers.ts'
import { parseConfiguration } from '../../functions/configuration.ts'
import { createIssuerKeyFinder } from '../../functions/oidc-issuer-keys.ts'
import { encodeBase64Url } from '../../shared/base64.ts'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import {
  AUDIENCE,
  createTestIssuer,
  GITHUB,
  GITHUB_CLAIMS,
  type TestIssuer,
  type TokenChanges,
} from '../support/oidc-issuer.ts'

const NOW = new Date('2026-03-01T12:00:00Z')
const SECONDS = NOW.getTime() / 1000
const RELEASE = {
  name: 'release',
  preset: 'github-actions',
  audience: AUDIENCE,
  claims: { repository_id: '4242', ref: ['refs/heads/main', 'refs/heads/release'] },
  permissions: ['sign'],
}
const NOBODY =
  'Cannot accept the token: its claims are those of no caller in CONFIG; the log names what differs'

let issuer: TestIssuer
let stranger: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer()
  stranger = await createTestIssuer()
})

/** Who a token stands for, with what is noted for the audit log and what is asked for. */
async function callWith(
  token: string,
  callers: readonly object[] = [RELEASE],
  from = issuer,
): Promise<{ caller: Caller | undefined; noted: AuditDetails; asked: string[] }> {
  const asked: string[] = []
  let noted: AuditDetails = {}
  const now = (): Date => NOW
  const fetch = async (url: string): Promise<Response> => {
    asked.push(url)
    return from.answer(new Request(url)) ?? new Response(null, { status: 404 })
  }
  const outcome = {
    caller: await authenticate(`Bearer ${token}`, {
      configuration: parseConfiguration(encodeUtf8(JSON.stringify({ callers }))),
      crypto: webCrypto,
      now,
      findCertificate: async () => undefined,
      findKeys: createIssuerKeyFinder({ fetch, now, issuerKeyCache: new Map() }),
      note: (more) => {
        noted = { ...noted, ...more }
      },
    }).catch((error: unknown) => {
      throw Object.assign(error as object, { noted, asked })
    }),
  }
  return { ...outcome, noted, asked }
}

async function refusalOf(token: string, callers?: readonly object[]): Promise<unknown> {
  return callWith(token, callers).then(
    () => 'accepted',
    (error: unknown) => error,
  )
}

function unsigned(header: object, claims: object): string {
  const parts = [header, claims].map((part) => encodeBase64Url(encodeUtf8(JSON.stringify(part))))
  return `${parts.join('.')}.`
}

describe('findOidcCaller()', () => {
  test('finds the caller of a token and notes what identifies the run', async () => {
    const { caller, noted } = await callWith(await issuer.token(NOW))
    expect(caller).toMatchObject({ name: 'release', grant: { permissions: ['sign'] } })
    expect(noted).toEqual({
      'claims.sub': 'repo:team/app:ref:refs/heads/main',
      'claims.repository_id': '4242',
      'claims.repository': 'team/app',
      'claims.ref': 'refs/heads/main',
      'claims.event_name': 'push',
      'claims.run_id': '22259804324',
    })
  })

  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('accepts %s', async (algorithm) => {
    const own = await createTestIssuer(algorithm)
    const { caller } = await callWith(await own.token(NOW), [RELEASE], own)
    expect(caller?.name).toBe('release')
  })

  test.each<[string, TokenChanges, string]>([
    ['another audience', { claims: { aud: 'https://a.example' } }, 'it is for another audience'],
    ['no audience', { claims: { aud: undefined } }, 'it is for another audience'],
    [
      'a further audience',
      { claims: { aud: [AUDIENCE, 'https://a.example'] } },
      'it is for more than one audience',
    ],
    ['an expiry in the past', { claims: { exp: SECONDS - 31 } }, 'it has expired'],
    ['no expiry', { claims: { exp: undefined } }, 'it has no time of expiry ("exp")'],
    ['a start in the future', { claims: { nbf: SECONDS + 31 } }, 'it is not valid yet'],
    [
      'an issue in the future',
      { claims: { iat: SECONDS + 31 } },
      'it was issued too long ago, or in the future',
    ],
    [
      'an issue too long ago',
      { claims: { iat: SECONDS - 3631 } },
      'it was issued too long ago, or in the future',
    ],
    [
      'no time of issue',
      { claims: { iat: undefined } },
      'it was issued too long ago, or in the future',
    ],
    ['no subject', { claims: { sub: undefined } }, 'it names no subject ("sub")'],
    ['an unknown key', { header: { kid: 'other' } }, 'its issuer has no key of its key id ("kid")'],
    ['no key id', { header: { kid: undefined } }, 'its header names no key ("kid")'],
    [
      'a text for a time',
      { claims: { exp: `${SECONDS + 300}` } },
      'it has no time of expiry ("exp")',
    ],
  ])('refuses a token with %s', async (_what, changes, reason) => {
    expect(await refusalOf(await issuer.token(NOW, changes))).toMatchObject({
      code: 'caller-unauthenticated',
      message: `Cannot accept the token: ${reason}`,
    })
  })

  test.each<[string, TokenChanges]>([
    ['an expiry within the tolerance', { claims: { exp: SECONDS - 29 } }],
    ['a start within the tolerance', { claims: { nbf: SECONDS + 29 } }],
    ['one audience in a list', { claims: { aud: [AUDIENCE] } }],
    ['the second of the values of a rule', { claims: { ref: 'refs/heads/release' } }],
  ])('accepts a token with %s', async (_what, changes) => {
    const { caller } = await callWith(await issuer.token(NOW, changes))
    expect(caller?.name).toBe('release')
  })

  test.each([
    ['a fork', { repository_id: '5151' }, 'repository_id'],
    ['an id that is a number', { repository_id: 4242 }, 'repository_id'],
    ['an id among others', { repository_id: ['4242'] }, 'repository_id'],
    ['another branch', { ref: 'refs/heads/maintenance' }, 'ref'],
    ['the branch in other letters', { ref: 'refs/heads/Main' }, 'ref'],
    ['a tag of that name', { ref: 'refs/tags/main' }, 'ref'],
    ['no ref', { ref: undefined }, 'ref'],
    ['pull_request_target', { event_name: 'pull_request_target' }, 'event_name'],
    ['no event', { event_name: undefined }, 'event_name'],
    ['a list of events', { event_name: ['pull_request_target'] }, 'event_name'],
  ])('refuses %s and notes the claim', async (_what, claims, name) => {
    const error = await refusalOf(await issuer.token(NOW, { claims }))
    expect(error).toMatchObject({
      code: 'caller-unauthenticated',
      message: NOBODY,
      noted: { mismatches: `release: ${name}`, 'claims.run_id': '22259804324' },
    })
  })

  test('refuses a token that another issuer signed', async () => {
    expect(await refusalOf(await stranger.token(NOW))).toMatchObject({
      code: 'caller-unauthenticated',
      message: 'Cannot accept the token: its signature is wrong',
    })
  })

  test('asks nobody for the keys of an issuer that no caller has', async () => {
    const claims = { iss: 'https://issuer.example' }
    expect(await refusalOf(await issuer.token(NOW, { claims }))).toMatchObject({
      message: 'Cannot accept the token: its issuer is that of no caller in CONFIG',
      asked: [],
    })
  })

  test.each(['none', 'None', 'NONE', ''])('refuses an unsigned token, alg %j', async (alg) => {
    const claims = {
      iss: GITHUB,
      aud: AUDIENCE,
      iat: SECONDS,
      exp: SECONDS + 300,
      ...GITHUB_CLAIMS,
    }
    expect(await refusalOf(unsigned({ alg, kid: 'key-1' }, claims))).toMatchObject({
      code: 'caller-unauthenticated',
      message: expect.stringMatching(
        /^Cannot accept the token: (its algorithm is not accepted|it is a malformed JWT)$/,
      ),
    })
  })

  test('refuses the public key as an HMAC secret', async () => {
    const pem = await exportSPKI(issuer.keys.publicKey)
    const claims = {
      iss: GITHUB,
      aud: AUDIENCE,
      iat: SECONDS,
      exp: SECONDS + 300,
      ...GITHUB_CLAIMS,
    }
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(encodeUtf8(pem))
    expect(await refusalOf(token)).toMatchObject({
      code: 'caller-unauthenticated',
      message: 'Cannot accept the token: its algorithm is not accepted',
    })
  })

  test('refuses two claims of one name, whoever signed them', async () => {
    const [header = '', payload = ''] = (await issuer.token(NOW)).split('.')
    const text = Buffer.from(payload, 'base64url').toString()
    const twice = text.replace('{', '{"repository_id":"5151",')
    const parts = [header, Buffer.from(twice).toString('base64url')]
    const signature = await crypto.subtle.sign(
      'RSASSA-PKCS1-v1_5',
      issuer.keys.privateKey,
      Buffer.from(parts.join('.')),
    )
    const token = [...parts, Buffer.from(signature).toString('base64url')].join('.')
    expect(await refusalOf(token)).toMatchObject({
      code: 'caller-unauthenticated',
      message: 'Cannot accept the token: it is a malformed JWT',
    })
  })

  test.each([
    ['no JSON', 'AAAA.BBBB.CCCC', 'Cannot accept the token: it is a malformed JWT'],
    [
      'a list',
      `${encodeBase64Url(encodeUtf8('[]'))}.e30.`,
      'Cannot accept the token: it is a malformed JWT',
    ],
    [
      'more than 16 KiB',
      `${'a'.repeat(16_384)}.b.c`,
      'Cannot accept the token: it has more than 16384 characters',
    ],
    ['two parts', 'a.b', 'Cannot tell who is calling: the token is not a configured one'],
    ['five parts', 'a.b.c.d.e', 'Cannot tell who is calling: the token is not a configured one'],
  ])('refuses %s', async (_what, token, message) => {
    expect(await refusalOf(token)).toMatchObject({ code: 'caller-unauthenticated', message })
  })

  const GITLAB = 'https://gitlab.example.com'
  const GITLAB_CALLER = {
    ...RELEASE,
    preset: 'gitlab-ci',
    issuer: GITLAB,
    claims: { project_id: '22', ref_path: 'refs/heads/main' },
  }
  test.each<[string, Record<string, unknown>, string]>([
    ['the branch', {}, 'release'],
    ['the same name as a tag', { ref_path: 'refs/tags/main' }, 'ref_path'],
    ['another project', { project_id: '23' }, 'project_id'],
    ["a fork's merge request", { pipeline_source: 'merge_request_event' }, 'pipeline_source'],
    ['a pipeline that does not say why it runs', { pipeline_source: null }, 'pipeline_source'],
  ])('judges a pipeline of GitLab for %s', async (_what, changed, outcome) => {
    const gitlab = await createTestIssuer('RS256', GITLAB)
    const pipeline = { project_id: '22', ref: 'main', ref_path: 'refs/heads/main' }
    const claims = { ...pipeline, pipeline_source: 'push', ...changed }
    const call = callWith(await gitlab.token(NOW, { claims }), [GITLAB_CALLER], gitlab)
    if (outcome === 'release') expect((await call).caller?.name).toBe(outcome)
    else await expect(call).rejects.toMatchObject({ noted: { mismatches: `release: ${outcome}` } })
  })

  test('takes the first caller in order of CONFIG where two fit', async () => {
    const second = { ...RELEASE, name: 'second' }
    const { caller } = await callWith(await issuer.token(NOW), [RELEASE, second])
    expect(caller?.name).toBe('release')
    const reversed = await callWith(await issuer.token(NOW), [second, RELEASE])
    expect(reversed.caller?.name).toBe('second')
  })

  test('keeps callers of one issuer apart by audience and by age', async () => {
    const patient = {
      ...RELEASE,
      name: 'patient',
      audience: 'https://patient.example',
      maxTokenAgeSeconds: 7200,
    }
    const old = { iat: SECONDS - 4000, nbf: SECONDS - 4000 }
    const both = [RELEASE, patient]
    const theirs = { ...old, aud: patient.audience }
    expect((await callWith(await issuer.token(NOW, { claims: theirs }), both)).caller?.name).toBe(
      'patient',
    )
    expect(await refusalOf(await issuer.token(NOW, { claims: old }), both)).toMatchObject({
      message: NOBODY,
      noted: { mismatches: 'release: iat' },
    })
  })

  test('repeats nothing of a token in an error', async () => {
    const token = await issuer.token(NOW, { claims: { ref: 'refs/heads/marker-7f3a' } })
    const error = (await refusalOf(token)) as Error
    expect(error.message).not.toContain('marker-7f3a')
    for (const part of token.split('.')) expect(error.message).not.toContain(part)
  })
})
