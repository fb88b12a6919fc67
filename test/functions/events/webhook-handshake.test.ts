import { describe, expect, test } from 'vitest'
import { createEventApi, SECRET, source } from '../../support/events.ts'

const GRID = source({ name: 'grid', type: 'acr-event-grid' })

async function ask(path: string, headers: Record<string, string>, ...sources: readonly object[]) {
  const { api } = await createEventApi(sources)
  return api.request(`/v1/events/${path}`, { method: 'OPTIONS', headers })
}

describe('OPTIONS /v1/events/{source}', () => {
  test('lets Event Grid send', async () => {
    const origin = { 'webhook-request-origin': 'eventgrid.azure.net' }
    const answer = await ask('grid', origin, GRID)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net')
    expect(answer.headers.get('allow')).toBe('POST')
    expect(answer.headers.get('webhook-allowed-rate')).toBeNull()
  })

  test('names no rate but to those who ask for one', async () => {
    const headers = {
      'webhook-request-origin': 'eventgrid.azure.net',
      'webhook-request-rate': '120',
    }
    const answer = await ask('grid', headers, GRID)
    expect(answer.headers.get('webhook-allowed-rate')).toBe('*')
  })

  test('lets the origins of CONFIG send, and no others', async () => {
    const one = source({ type: 'cloudevents', origins: ['events.example.com'] })
    const allowed = { 'webhook-request-origin': 'events.example.com' }
    expect((await ask('main', allowed, one)).status).toBe(200)
    const other = { 'webhook-request-origin': 'eventgrid.azure.net' }
    expect((await ask('main', other, one)).status).toBe(405)
    expect((await ask('main', allowed, source({ type: 'cloudevents' }))).status).toBe(405)
  })

  test.each([
    ['without an origin', 'grid', {}],
    ['of a source that is not there', 'none', { 'webhook-request-origin': 'eventgrid.azure.net' }],
    [
      'of a source without the question',
      'main',
      { 'webhook-request-origin': 'eventgrid.azure.net' },
    ],
    [
      'with more behind the name',
      `grid/${SECRET}`,
      { 'webhook-request-origin': 'eventgrid.azure.net' },
    ],
  ])('%s is no method', async (_, path, headers) => {
    expect((await ask(path, headers, GRID, source())).status).toBe(405)
  })

  test('needs the secret where it stands in the address', async () => {
    const headers = { 'webhook-request-origin': 'eventgrid.azure.net' }
    const secret = source({ type: 'acr-event-grid', auth: { method: 'path', secret: SECRET } })
    expect((await ask(`main/${SECRET}`, headers, secret)).status).toBe(200)
    expect((await ask(`main/${SECRET}x`, headers, secret)).status).toBe(405)
    expect((await ask('main', headers, secret)).status).toBe(405)
  })

  test('asks nobody back', async () => {
    const headers = {
      'webhook-request-origin': 'eventgrid.azure.net',
      'webhook-request-callback': 'https://attacker.example/confirm',
    }
    const { api } = await createEventApi([GRID])
    await api.request('/v1/events/grid', { method: 'OPTIONS', headers })
    expect(api.asked).toEqual([])
  })
})
