import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isHmacOf } from '../../../functions/events/authentication/hmac.ts'
import { GENERIC } from '../../../functions/events/senders/generic.ts'
import type { SourceType } from '../../../functions/events/source-type.ts'
import { SOURCE_TYPES } from '../../../functions/events/source-types.ts'
import {
  authenticated,
  authSettings,
  createEventApi,
  DIGEST,
  genericEvent,
  SECRET,
  source,
} from '../../support/events.ts'

const OTHER_SECRET = 'another-secret-of-length'
const PUSH = { repository: 'team/app', digest: DIGEST }
const EVENT = genericEvent([PUSH], {})

const METHODS = (Object.entries(SOURCE_TYPES) as [string, SourceType][]).flatMap(([name, type]) =>
  type.authMethods
    .filter((method) => method !== 'google' && method !== 'entra')
    .map((method) => ({ name, type, method })),
)

describe('authentication of senders', () => {
  test.each(METHODS)('$name takes the secret by $method, and no other', async (given) => {
    const { name, type, method } = given
    const { send, looks } = await createEventApi([
      source({ type: name, auth: authSettings(method) }),
    ])
    const request = { headers: { 'content-type': 'text/none' }, body: '{}' }
    const refusal = method === 'path' ? 404 : 401
    const right = authenticated(method, type, request)
    const wrong = authenticated(method, type, request, OTHER_SECRET)
    // Whoever is let in is told that the body is of no use, or that it was taken all the same.
    expect([202, 415]).toContain((await send(right.path, right.request)).status)
    expect((await send(wrong.path, wrong.request)).status).toBe(refusal)
    expect((await send('main', request)).status).toBe(refusal)
    expect(looks).toEqual([])
  })

  test.each(['bearer', 'basic', 'header', 'hmac', 'path'] as const)(
    '%s lets the event in',
    async (method) => {
      const { send, looks } = await createEventApi([source({ auth: authSettings(method) })])
      const { path, request } = authenticated(method, GENERIC, EVENT)
      expect((await send(path, request)).status).toBe(202)
      expect(looks).toMatchObject([PUSH])
    },
  )

  test.each([
    ['in lower case', SECRET.toLowerCase().replace('a', 'b')],
    ['cut', SECRET.slice(0, -1)],
    ['with more behind it', `${SECRET}x`],
    ['empty', ''],
  ])('a secret %s is refused', async (_, secret) => {
    const { send } = await createEventApi([source()])
    const { path, request } = authenticated('bearer', GENERIC, EVENT, secret)
    const answer = await send(path, request)
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({
      code: 'caller-unauthenticated',
      detail:
        'Cannot tell who sends the event: what the source\'s method "bearer" wants is missing or wrong',
    })
  })

  test.each(['bearer', 'BEARER', 'Bearer '])('the scheme "%s" is the scheme', async (scheme) => {
    const { send } = await createEventApi([source()])
    const event = genericEvent([PUSH], { authorization: `${scheme} ${SECRET}` })
    expect((await send('main', event)).status).toBe(202)
  })

  test.each(['Basic', 'Bearerx', ''])('the scheme "%s" is not', async (scheme) => {
    const { send } = await createEventApi([source()])
    const event = genericEvent([PUSH], { authorization: `${scheme} ${SECRET}` })
    expect((await send('main', event)).status).toBe(401)
  })

  test('the secret of one source does not open another', async () => {
    const { send, looks } = await createEventApi([
      source(),
      source({ name: 'other', auth: { method: 'bearer', secret: OTHER_SECRET } }),
    ])
    const { request } = authenticated('bearer', GENERIC, EVENT, OTHER_SECRET)
    expect((await send('main', request)).status).toBe(401)
    expect((await send('other', request)).status).toBe(202)
    expect(looks).toMatchObject([{ source: 'other' }])
  })

  test('the secret of one source does not tell of another’s repositories', async () => {
    const { send, looks } = await createEventApi([
      source({ repositories: ['team/app'] }),
      source({ name: 'other', repositories: ['other/*'] }),
    ])
    const foreign = genericEvent([{ repository: 'other/app', digest: DIGEST }])
    expect(await (await send('main', foreign)).json()).toEqual({ accepted: 0, ignored: 1 })
    expect(looks).toEqual([])
  })

  test('a header that CONFIG names is read in the place of Authorization', async () => {
    const auth = { method: 'header', header: 'X-Secret', secret: SECRET }
    const { send } = await createEventApi([source({ auth })])
    const headers = { 'content-type': 'application/json' }
    const sendWith = (more: Record<string, string>) =>
      send('main', { ...EVENT, headers: { ...headers, ...more } })
    expect((await sendWith({ 'x-secret': SECRET })).status).toBe(202)
    expect((await sendWith({ authorization: SECRET })).status).toBe(401)
  })
})

describe('secrets in addresses', () => {
  const path = { method: 'path', secret: SECRET }

  test('a wrong one is answered as an address that is not there', async () => {
    const { send } = await createEventApi([source({ auth: path })])
    const answers = await Promise.all(
      [`main/${OTHER_SECRET}`, 'main', `none/${SECRET}`, 'none'].map(async (address) => {
        const answer = await send(address, EVENT)
        return [answer.status, [...answer.headers], await answer.text()]
      }),
    )
    expect(answers[0]?.[0]).toBe(404)
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  })

  test('one behind a source that has none there is answered so, too', async () => {
    const { send } = await createEventApi([source()])
    const { request } = authenticated('bearer', GENERIC, EVENT)
    expect((await send(`main/${SECRET}`, request)).status).toBe(404)
  })

  test('does not get into answers and audit lines, whatever happens', async () => {
    for (const overrides of [{}, { isDown: true }, { signing: undefined }]) {
      const { send, audit } = await createEventApi([source({ auth: path })], overrides)
      const bodies = [EVENT, { ...EVENT, body: '{' }, { ...EVENT, headers: {} }]
      const answers = await Promise.all(bodies.map((body) => send(`main/${SECRET}`, body)))
      const texts = await Promise.all(answers.map((answer) => answer.text()))
      expect(JSON.stringify([texts, answers.map(({ headers }) => [...headers])])).not.toContain(
        SECRET,
      )
      expect(audit()).toHaveLength(3)
      expect(JSON.stringify(audit())).not.toContain(SECRET)
    }
  })

  test('does not get into the OpenAPI document', async () => {
    const { api } = await createEventApi([source({ auth: path })])
    const document = await (await api.request('/openapi.json')).text()
    expect(document).toContain('"/v1/events/{source}"')
    expect(document).not.toMatch(/\/v1\/events\/\{source\}\/|secret/i)
  })
})

describe('isHmacOf()', () => {
  const bytes = new TextEncoder().encode('{"a": 1}')
  const macOf = (hash: string, text: string) => createHmac(hash, SECRET).update(text).digest('hex')

  test.each([
    ['SHA-256', 'sha256', 'sha256='],
    ['SHA-256', 'sha256', ''],
    ['SHA-1', 'sha1', ''],
  ] as const)('is over the bytes, with %s and prefix "%3$s"', async (hash, name, prefix) => {
    const format = { header: 'x', hash, prefix }
    const isHmac = (written: string) => isHmacOf(bytes, written, SECRET, format)
    const digits = macOf(name, '{"a": 1}')
    expect(await isHmac(`${prefix}${digits}`)).toBe(true)
    expect(await isHmac(`${prefix}${macOf(name, '{"a":1}')}`)).toBe(false)
    expect(await isHmac(`${prefix}${digits.toUpperCase()}`)).toBe(false)
    expect(await isHmac(`${prefix}${digits}00`)).toBe(false)
    expect(await isHmac(`x${prefix}${digits}`)).toBe(false)
    expect(await isHmac(`${'x'.repeat(prefix.length)}${digits}`)).toBe(prefix === '')
    expect(await isHmac(prefix)).toBe(false)
  })

  test.each([
    ['X-Forgejo-Signature', ''],
    ['X-Gitea-Signature', ''],
    ['X-Hub-Signature-256', 'sha256='],
  ])(
    'of an event may stand in %s alone where the type knows several headers',
    async (name, prefix) => {
      const { send } = await createEventApi([source({ type: 'gitea', auth: authSettings('hmac') })])
      const headers = { 'content-type': 'application/json', 'x-gitea-event': 'push' }
      const sendWith = (more: Record<string, string>) =>
        send('main', { headers: { ...headers, ...more }, body: '{}' })
      const right = `${prefix}${macOf('sha256', '{}')}`
      expect((await sendWith({ [name]: right })).status).toBe(202)
      expect((await sendWith({ [name]: `${prefix}${macOf('sha256', '{ }')}` })).status).toBe(401)
      expect((await sendWith({ [name]: right.slice(prefix.length, -1) })).status).toBe(401)
    },
  )

  test('of an event is refused when the header that counts is empty or wrong', async () => {
    const { send } = await createEventApi([source({ type: 'gitea', auth: authSettings('hmac') })])
    const right = `sha256=${macOf('sha256', '{}')}`
    for (const first of ['', 'ab'.repeat(32)]) {
      const headers = {
        'content-type': 'application/json',
        'x-gitea-signature': first,
        'x-hub-signature-256': right,
      }
      expect((await send('main', { headers, body: '{}' })).status).toBe(401)
    }
  })

  test('of an event is refused when a byte of the body changes', async () => {
    const { send } = await createEventApi([source({ auth: authSettings('hmac') })])
    const { path, request } = authenticated('hmac', GENERIC, EVENT)
    expect((await send(path, request)).status).toBe(202)
    // The same JSON in other bytes.
    expect((await send(path, { ...request, body: `${request.body} ` })).status).toBe(401)
  })
})
