// CNCF Distribution sends its own events to the API over HTTP.

import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, expect, test, vi } from 'vitest'
import { pushImage } from '../../../demo/image.ts'
import { createEventApi, type EventApi, SECRET, source } from '../../support/events.ts'
import { describePeers } from '../../support/peers.ts'
import { startDistribution } from '../../support/registries.ts'

const AUTHORIZATION = `Bearer ${SECRET}`
const WAIT = { timeout: 10_000, interval: 20 }

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** The API behind a port, for a Distribution that sends to it. */
async function startBoth(
  binary: string,
  { ignores = false, authorization = AUTHORIZATION, isDown = false } = {},
) {
  let events: EventApi | undefined
  const server = createAdaptorServer({
    fetch: async (request) => {
      const { method, headers } = request
      const body = await request.arrayBuffer()
      if (events === undefined) return new Response(null, { status: 503 })
      return events.api.request(new URL(request.url).pathname, { method, headers, body })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(() => resolve())))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/v1/events/main`
  const registry = await startDistribution(binary, { events: { url, authorization, ignores } })
  closing.push(registry.close)
  const { host } = registry
  const create = (down: boolean) =>
    createEventApi([source({ type: 'distribution', registry: host })], {
      isDown: down,
      settings: { registries: [{ host }] },
    })
  events = await create(isDown)
  return {
    host,
    events: () => events as EventApi,
    recover: async () => {
      events = await create(false)
    },
  }
}

describePeers('Distribution’s events', ['distribution'], ({ distribution }) => {
  test('lead to one look at each pushed image', async () => {
    const { host, events } = await startBoth(distribution)
    const { digest } = await pushImage(host, 'team/app', 'v1')
    await pushImage(host, 'other/app', 'v1')
    await vi.waitFor(() => expect(events().audit().length).toBeGreaterThanOrEqual(6), WAIT)
    const look = { kind: 'look', registry: host, repository: 'team/app', digest, tag: 'v1' }
    expect(events().looks).toMatchObject([look])
    const outcomes = events()
      .audit()
      .map(({ outcome, ignoredFor }) => [outcome, ignoredFor])
    expect(outcomes).toContainEqual(['done', 'repository 1'])
    expect(outcomes).toContainEqual(['done', 'media-type 1'])
  })

  test('are only those of manifests with the filter', async () => {
    const { host, events } = await startBoth(distribution, { ignores: true })
    await pushImage(host, 'team/app', 'v1')
    await pushImage(host, 'team/app', 'v2')
    await vi.waitFor(() => expect(events().looks).toHaveLength(2), WAIT)
    expect(
      events()
        .audit()
        .map(({ ignored }) => ignored),
    ).toEqual([0, 0])
  })

  test('wait while the queue cannot store them, and are not lost', async () => {
    const { host, events, recover } = await startBoth(distribution, { ignores: true, isDown: true })
    const pushed = [
      await pushImage(host, 'team/app', 'v1'),
      await pushImage(host, 'team/app', 'v2'),
    ]
    await vi.waitFor(() => expect(events().audit()).not.toEqual([]), WAIT)
    expect(events().audit()[0]).toMatchObject({ outcome: 'queue-unavailable' })
    await recover()
    await vi.waitFor(() => expect(events().looks).toHaveLength(2), WAIT)
    expect(events().looks.map(({ digest }) => digest)).toEqual(pushed.map(({ digest }) => digest))
  })

  test('with a wrong secret lead to nothing', async () => {
    const authorization = `Bearer ${SECRET}x`
    const { host, events } = await startBoth(distribution, { ignores: true, authorization })
    await pushImage(host, 'team/app', 'v1')
    await vi.waitFor(() => expect(events().audit()).not.toEqual([]), WAIT)
    expect(events().audit()[0]).toMatchObject({ outcome: 'caller-unauthenticated' })
    expect(events().looks).toEqual([])
  })
})
