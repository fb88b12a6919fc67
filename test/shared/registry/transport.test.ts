import { expect, it } from 'vitest'
import type { Fetch } from '../../../shared/registry/exchange.ts'
import {
  createTransport,
  type RegistryRequest,
  type TransportOptions,
} from '../../../shared/registry/transport.ts'
import { scriptedFetch } from './scripted-fetch.ts'

const CREDENTIALS = { username: 'robot', password: 'planted-secret' }
const BASIC = `Basic ${Buffer.from('robot:planted-secret').toString('base64')}`
const HOME = 'https://r.example'
const MANIFEST = `${HOME}/v2/a/manifests/v1`
const TOKEN_QUERY = 'service=r.example&scope=repository%3Aa%3Apull'

it('createTransport() fetches a token for the challenge and remembers it', async () => {
  const { fetch, requests, lines } = scriptedFetch({
    [`GET ${MANIFEST}`]: ({ headers }) =>
      headers.get('authorization') === 'Bearer t1' ? text('ok') : challenge(`${HOME}/token`),
    [`GET ${HOME}/token?${TOKEN_QUERY}`]: Response.json({ token: 't1' }),
  })
  const send = transport({ fetch, credentials: CREDENTIALS })
  expect((await send(get(MANIFEST))).status).toBe(200)
  expect((await send(get(MANIFEST))).status).toBe(200)
  expect(lines()).toEqual([
    `GET ${MANIFEST}`,
    `GET ${HOME}/token?${TOKEN_QUERY}`,
    `GET ${MANIFEST}`,
    `GET ${MANIFEST}`,
  ])
  expect(requests[0]?.headers.has('authorization')).toBe(false)
  expect(requests[1]?.headers.get('authorization')).toBe(BASIC)
})

it('createTransport() asks for a new token when the old one is refused', async () => {
  const { fetch } = scriptedFetch({
    [`GET ${MANIFEST}`]: ({ headers }, times) =>
      headers.get('authorization') === (times < 2 ? 'Bearer t0' : 'Bearer t1')
        ? text('ok')
        : challenge(`${HOME}/token`),
    [`GET ${HOME}/token?${TOKEN_QUERY}`]: (_request, times) =>
      Response.json({ access_token: `t${times}` }),
  })
  const send = transport({ fetch, credentials: CREDENTIALS })
  expect((await send(get(MANIFEST))).status).toBe(200)
  expect((await send(get(MANIFEST))).status).toBe(200)
})

it('createTransport() asks for push beside what the challenge names', async () => {
  const { fetch, lines } = scriptedFetch({
    [`GET ${MANIFEST}`]: challenge(`${HOME}/token`, 'repository:a:pull repository:b:pull'),
  })
  await expect(transport({ fetch })({ ...get(MANIFEST), access: 'pull,push' })).rejects.toThrow(
    'Cannot sign in to registry "r.example": "r.example" answered 404',
  )
  const scopes = new URL(lines()[1]?.slice('GET '.length) ?? '').searchParams.getAll('scope')
  expect(scopes).toEqual(['repository:a:pull,push', 'repository:a:pull repository:b:pull'])
})

it('createTransport() answers a Basic challenge', async () => {
  const { fetch } = scriptedFetch({
    [`GET ${MANIFEST}`]: ({ headers }) =>
      headers.get('authorization') === BASIC
        ? text('ok')
        : text('', 401, { 'www-authenticate': 'Basic realm="r"' }),
  })
  expect((await transport({ fetch, credentials: CREDENTIALS })(get(MANIFEST))).status).toBe(200)
  expect((await transport({ fetch })(get(MANIFEST))).status).toBe(401)
})

it.each([
  ['another host', 'https://evil.example/token', 'name it as a trusted realm if it is right'],
  ['plain http', 'http://r.example/token', 'only https is used'],
  ['another scheme', 'file:///token', 'only https is used'],
])(
  'createTransport() gives its credentials to no token server at %s',
  async (_at, realm, remedy) => {
    const { fetch, lines } = scriptedFetch({ [`GET ${MANIFEST}`]: challenge(realm) })
    await expect(transport({ fetch, credentials: CREDENTIALS })(get(MANIFEST))).rejects.toThrow(
      expect.objectContaining({
        code: 'registry-denied',
        message: `Cannot sign in to registry "r.example": its token server "${new URL(realm).host}" is not trusted; ${remedy}`,
      }),
    )
    expect(lines()).toEqual([`GET ${MANIFEST}`])
  },
)

it.each([
  ['that is configured', 'r.example', ['auth.example'], 'https://auth.example/token'],
  ['of Docker Hub', 'docker.io', [], 'https://auth.docker.io/token'],
])(
  'createTransport() gives its credentials to a token server %s',
  async (_what, host, trustedRealms, realm) => {
    const { fetch, requests } = scriptedFetch({
      [`GET https://${host === 'docker.io' ? 'registry-1.docker.io' : host}/v2/a/manifests/v1`]:
        challenge(realm),
    })
    const send = transport({ fetch, host, trustedRealms, credentials: CREDENTIALS })
    await expect(send(get('/v2/a/manifests/v1'))).rejects.toThrow('answered 404')
    expect(requests[1]?.url.startsWith(realm)).toBe(true)
    expect(requests[1]?.headers.get('authorization')).toBe(BASIC)
  },
)

it('createTransport() asks any https token server for an anonymous token', async () => {
  const { fetch, requests } = scriptedFetch({
    [`GET ${MANIFEST}`]: ({ headers }) =>
      headers.has('authorization') ? text('ok') : challenge('https://auth.example/token'),
    [`GET https://auth.example/token?${TOKEN_QUERY}`]: Response.json({ token: 't' }),
  })
  expect((await transport({ fetch })(get(MANIFEST))).status).toBe(200)
  expect(requests[1]?.headers.has('authorization')).toBe(false)
})

it.each([
  ['no token', Response.json({}), 'the answer of its token server holds no token'],
  ['a token with a line break', Response.json({ token: 'a\nb' }), 'holds no token'],
  ['another answer than 200', text('', 401), 'answered 401; check the username and password'],
])('createTransport() refuses %s', async (_what, answer, found) => {
  const { fetch } = scriptedFetch({
    [`GET ${MANIFEST}`]: challenge(`${HOME}/token`),
    [`GET ${HOME}/token?${TOKEN_QUERY}`]: answer,
  })
  const failed = transport({ fetch, credentials: CREDENTIALS })(get(MANIFEST))
  await expect(failed).rejects.toThrow(found)
  await expect(failed).rejects.not.toThrow('planted-secret')
})

it('createTransport() leaves its credentials behind when it is redirected to another origin', async () => {
  const { fetch, requests } = scriptedFetch({
    [`GET ${MANIFEST}`]: ({ headers }) =>
      headers.has('authorization')
        ? redirect('https://store.example/blob')
        : text('', 401, { 'www-authenticate': 'Basic realm="r"' }),
    'GET https://store.example/blob': redirect(`${HOME}/back`),
    [`GET ${HOME}/back`]: text('content'),
  })
  const answer = await transport({ fetch, credentials: CREDENTIALS })(get(MANIFEST))
  expect(Buffer.from(answer.bytes).toString()).toBe('content')
  const sent = requests.map(({ url, headers }) => [url, headers.get('authorization')])
  expect(sent).toEqual([
    [MANIFEST, null],
    [MANIFEST, BASIC],
    ['https://store.example/blob', null],
    // Once away, an origin that others chose gets no credentials, even if it is the registry's.
    [`${HOME}/back`, null],
  ])
})

it('createTransport() does not answer a challenge from another origin', async () => {
  const { fetch, requests } = scriptedFetch({
    [`GET ${MANIFEST}`]: redirect('https://store.example/blob'),
    'GET https://store.example/blob': text('', 401, { 'www-authenticate': 'Basic realm="s"' }),
  })
  const answer = await transport({ fetch, credentials: CREDENTIALS })(get(MANIFEST))
  expect(answer.status).toBe(401)
  expect(requests.some(({ headers }) => headers.has('authorization'))).toBe(false)
})

it.each([
  ['plain http', 'http://169.254.169.254/latest', '"http://169.254.169.254" is neither'],
  ['a target with a user', 'https://user:secret@store.example/', '"https://store.example" is'],
])('createTransport() follows no redirect to %s', async (_to, target, found) => {
  const { fetch, lines } = scriptedFetch({ [`GET ${MANIFEST}`]: redirect(target) })
  await expect(transport({ fetch })(get(MANIFEST))).rejects.toThrow(
    expect.objectContaining({
      code: 'registry-answer-invalid',
      message: expect.stringContaining(`Cannot go where registry "r.example" points: ${found}`),
    }),
  )
  expect(lines()).toEqual([`GET ${MANIFEST}`])
})

it('createTransport() follows five redirects and no more', async () => {
  const { fetch, requests } = scriptedFetch({ [`GET ${MANIFEST}`]: redirect(MANIFEST) })
  await expect(transport({ fetch })(get(MANIFEST))).rejects.toThrow(
    'Cannot reach registry "r.example": it redirects more than 5 times',
  )
  expect(requests.length).toBe(6)
})

it('createTransport() follows a redirect of a push only where method and body stay', async () => {
  const { fetch, requests } = scriptedFetch({
    [`PUT ${HOME}/seen`]: redirect('/kept', 307),
    [`PUT ${HOME}/kept`]: text('', 201),
    [`PUT ${HOME}/lost`]: redirect('/kept', 302),
  })
  const put = { ...get(`${HOME}/seen`), method: 'PUT', body: new Uint8Array([7]) } as const
  expect((await transport({ fetch })(put)).status).toBe(201)
  expect(requests[1]?.body).toEqual(new Uint8Array([7]))
  await expect(transport({ fetch })({ ...put, url: `${HOME}/lost` })).rejects.toThrow(
    'Cannot follow the redirect of "r.example": status 302 does not fit PUT',
  )
})

it('createTransport() speaks plain http to a registry that is named insecure, and to no other', async () => {
  const { fetch, lines } = scriptedFetch({})
  await transport({ fetch, host: '127.0.0.1:5000', plainHttp: true })(get('/v2/'))
  await transport({ fetch, host: '127.0.0.1:5000' })(get('/v2/'))
  expect(lines()).toEqual(['GET http://127.0.0.1:5000/v2/', 'GET https://127.0.0.1:5000/v2/'])
})

it('createTransport() stops reading an answer at its limit', async () => {
  let wasCancelled = false
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: () => {
      wasCancelled = true
    },
  })
  const fetch: Fetch = async () => new Response(endless)
  await expect(transport({ fetch })({ ...get(MANIFEST), maxBytes: 10_000 })).rejects.toThrow(
    expect.objectContaining({
      code: 'registry-answer-invalid',
      message: 'Cannot read the answer of "r.example": it is longer than 10000 bytes',
    }),
  )
  expect(wasCancelled).toBe(true)
})

it('createTransport() reports an answer that does not come in time as registry-timeout', async () => {
  const fetch: Fetch = (_url, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  await expect(transport({ fetch, timeoutMs: 5 })(get(MANIFEST))).rejects.toThrow(
    expect.objectContaining({
      code: 'registry-timeout',
      message: 'Cannot reach "r.example": no complete answer within 0.005 s',
    }),
  )
})

it('createTransport() reports a connection that fails with its innermost reason', async () => {
  const fetch: Fetch = () => {
    throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
  }
  await expect(transport({ fetch })(get(MANIFEST))).rejects.toThrow(
    expect.objectContaining({
      code: 'registry-unavailable',
      message: 'Cannot reach "r.example": connect ECONNREFUSED',
    }),
  )
})

function transport(options: Partial<TransportOptions> & Pick<TransportOptions, 'fetch'>) {
  return createTransport({ host: 'r.example', plainHttp: false, ...options })
}

function get(url: string): RegistryRequest {
  return { method: 'GET', url, repository: 'a', access: 'pull', maxBytes: 1000 }
}

function challenge(realm: string, scope?: string): Response {
  const named = scope === undefined ? '' : `,scope="${scope}"`
  return text('', 401, {
    'www-authenticate': `Bearer realm="${realm}",service="r.example"${named}`,
  })
}

function redirect(location: string, status = 302): Response {
  return text('', status, { location })
}

function text(body: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers })
}
