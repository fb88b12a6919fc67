// The suite for senders of events: who is let in must not depend on where the API runs.

import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningApi, StartApi } from './runtimes.ts'
import { NO_REGISTRY, startWorld, type World } from './world.ts'

const SECRET = 'secret-of-a-registry'
const WRONG = 'secret-of-another-one'
const BODY = JSON.stringify({ events: [{ repository: 'team/app', tag: 'v1' }] })

/** A request by its method of authentication. */
const REQUESTS: Readonly<
  Record<string, (secret: string) => { path?: string; headers?: Record<string, string> }>
> = {
  bearer: (secret) => ({ headers: { authorization: `Bearer ${secret}` } }),
  basic: (secret) => ({ headers: { authorization: `Basic ${btoa(`registry:${secret}`)}` } }),
  header: (secret) => ({ headers: { 'x-secret': secret } }),
  hmac: (secret) => ({
    headers: {
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(BODY).digest('hex')}`,
    },
  }),
  path: (secret) => ({ path: `/${secret}` }),
}

const SOURCES = [
  { auth: { method: 'bearer', secret: SECRET } },
  { auth: { method: 'basic', username: 'registry', secret: SECRET } },
  { auth: { method: 'header', header: 'X-Secret', secret: SECRET } },
  { auth: { method: 'hmac', secret: SECRET } },
  { auth: { method: 'path', secret: SECRET } },
].map(({ auth }) => ({
  name: auth.method,
  type: 'generic',
  registry: NO_REGISTRY,
  repositories: ['nobody/**'],
  auth,
}))

/** Describes the API's sources of events on a runtime. */
export function admitsSenders(start: StartApi): void {
  let world: World
  let api: RunningApi

  beforeAll(async () => {
    world = await startWorld()
    const grid = { ...SOURCES[0], name: 'grid', type: 'acr-event-grid' }
    const configuration = { ...world.configuration, sources: [...SOURCES, grid] }
    api = await start({ ...world, configuration })
  })
  afterAll(async () => {
    await api?.close()
    await world?.close()
  })

  async function send(name: string, secret: string): Promise<number> {
    const { path = '', headers = {} } = REQUESTS[name]?.(secret) ?? {}
    const answer = await fetch(`${api.url}/v1/events/${name}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: BODY,
    })
    expect(await answer.text()).not.toContain(secret)
    return answer.status
  }

  test.each(Object.keys(REQUESTS))('lets in a sender by %s, and no other', async (name) => {
    const refusal = name === 'path' ? 404 : 401
    expect(await send(name, WRONG)).toBe(refusal)
    expect(await send(name, SECRET)).toBe(202)
  })

  test('answers CloudEvents’ question whether a sender may send', async () => {
    const ask = (origin: string): Promise<Response> =>
      fetch(`${api.url}/v1/events/grid`, {
        method: 'OPTIONS',
        headers: { 'webhook-request-origin': origin },
      })
    const answer = await ask('eventgrid.azure.net')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net')
    expect((await ask('attacker.example')).status).toBe(405)
  })

  test('writes a line for each event, without a secret', async () => {
    await send('path', SECRET)
    await send('path', WRONG)
    const lines = () => api.lines().filter(({ event }) => event === 'events')
    await expect.poll(() => lines().at(-1)).toMatchObject({ outcome: 'route-unknown' })
    expect(lines().at(-2)).toMatchObject({ source: 'path', sourceType: 'generic' })
    const text = JSON.stringify(api.lines())
    for (const secret of [SECRET, WRONG]) expect(text).not.toContain(secret)
  })
}
