// The suite for traces of the API as a process: what a collector gets of a signature and of an event.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pushImage } from '../../demo/image.ts'
import { type ApiFolder, createApiFolder } from '../support/api-process.ts'
import { REPOSITORY, startWorld, TOKENS, type World } from './world.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`
const PATH_SECRET = 'planted-secret-of-an-event-source'
const COLLECTOR_KEY = 'planted-key-of-the-collector'

/** A span as the collector gets it. */
interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: readonly {
    readonly key: string
    readonly value: { readonly stringValue?: string; readonly intValue?: string }
  }[]
}

interface Collector {
  readonly url: string
  readonly requests: readonly {
    readonly path: string | undefined
    readonly key: string | string[] | undefined
    readonly body: string
  }[]
  spans(): readonly ReceivedSpan[]
  close(): Promise<void>
}

/** Describes the traces of the API. @param command - starts it on a runtime; Node's where it is left out */
export function leavesTraces(command: readonly [string, ...string[]] | undefined): void {
  let world: World
  let folder: ApiFolder
  let collector: Collector
  let environment: Readonly<Record<string, string>>

  beforeAll(async () => {
    world = await startWorld()
    folder = await createApiFolder(command)
    collector = await startCollector()
    environment = {
      ...world.emulator.environment,
      CONFIG: await folder.write('config.json', world.configuration),
      TRUST_BUNDLE: await folder.write('trust-bundle.json', world.trustBundle),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${COLLECTOR_KEY}`,
    }
  })
  afterAll(async () => {
    await folder?.close()
    await collector?.close()
    await world?.close()
  })

  const post = (url: string, path: string, body: object, token: string) =>
    fetch(url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        traceparent: TRACEPARENT,
      },
      body: JSON.stringify(body),
    })

  test('a request and all that it asks of others are one trace, without secrets', async () => {
    const api = folder.start(environment)
    const url = await api.url
    const { reference } = await pushImage(world.registry.host, REPOSITORY, 'traces')
    const wish = { reference, keyId: 'my-key', timestampAuthority: 'emulator' }
    expect((await post(url, '/v1/sign', wish, TOKENS.signer)).status).toBe(200)
    expect((await post(url, '/v1/verify', { reference }, TOKENS.reader)).status).toBe(200)
    await post(url, `/v1/events/hub/${PATH_SECRET}`, {}, TOKENS.reader)
    await fetch(`${url}/livez`)
    api.signal('SIGTERM')
    expect(await api.ended).toMatchObject({ exitCode: 0, stderr: '' })
    const spans = collector.spans()
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]))
    const servers = spans.filter(({ kind }) => kind === 2)
    expect(servers.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ['POST /v1/sign', PARENT],
      ['POST /v1/verify', PARENT],
      ['POST /v1/events/{source}', PARENT],
    ])
    const [sign, verify] = servers
    const { emulator, registry } = world
    const { tsaUrl, revocationUrl = '' } = emulator
    const asked = [emulator.url, `http://${registry.host}`, tsaUrl, revocationUrl]
    const ports = asked.map((address) => new URL(address).port)
    expect(portsBelow(sign, spans)).toEqual(new Set(ports))
    const [, registryPort, , revocationPort] = ports
    expect(portsBelow(verify, spans)).toEqual(new Set([registryPort, revocationPort]))
    expect(sign?.attributes).toContainEqual({
      key: 'stm_notary.outcome',
      value: { stringValue: 'done' },
    })
    const sent = collector.requests.map(({ body }) => body).join()
    for (const secret of [...Object.values(TOKENS), emulator.apiKey, PATH_SECRET, COLLECTOR_KEY])
      expect(sent).not.toContain(secret)
    for (const name of [REPOSITORY, 'my-key']) expect(sent).not.toContain(name)
    expect(new Set(collector.requests.map(({ path, key }) => `${path} ${key}`))).toEqual(
      new Set([`/v1/traces ${COLLECTOR_KEY}`]),
    )
    expect(api.lines()).toContainEqual(expect.objectContaining({ event: 'sign', traceId: TRACE }))
  })

  test('a collector that is not there costs no request, and is told of once', async () => {
    const gone = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    const api = folder.start({ ...environment, ...gone })
    const url = await api.url
    const asked = { contractVersion: '1.0', keyId: 'my-key' }
    expect((await post(url, '/v1/describe-key', asked, TOKENS.signer)).status).toBe(200)
    api.signal('SIGTERM')
    expect(await api.ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(api.lines().filter(({ event }) => event === 'traces-lost')).toHaveLength(1)
  })
}

/** Ports of those that were asked below a span. */
function portsBelow(
  parent: ReceivedSpan | undefined,
  spans: readonly ReceivedSpan[],
): ReadonlySet<string | undefined> {
  const children = spans.filter(
    ({ kind, parentSpanId }) => kind === 3 && parentSpanId === parent?.spanId,
  )
  return new Set(
    children.map(
      ({ attributes }) => attributes.find(({ key }) => key === 'server.port')?.value.intValue,
    ),
  )
}

async function startCollector(): Promise<Collector> {
  const requests: Collector['requests'][number][] = []
  const server = createServer(async (request, response) => {
    const { url: path, headers } = request
    requests.push({ path, key: headers['x-collector-key'], body: await text(request) })
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans: () =>
      requests.flatMap(({ body }) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
