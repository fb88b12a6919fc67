import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Span } from '../../../../functions/server/traces/span.ts'
import {
  traceFetch,
  traceRevocation,
  traceStm,
} from '../../../../functions/server/traces/traced-calls.ts'
import { createTraces } from '../../../../functions/server/traces/traces.ts'
import { NotationError } from '../../../../shared/errors.ts'
import { nodeCrypto } from '../../../support/node-crypto.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

function begin(sampledShare = 1) {
  const spans: Span[] = []
  const exporter = {
    add: (span: Span) => spans.push(span),
    flush: async () => {},
    close: async () => {},
  }
  const traces = createTraces({ exporter, crypto: nodeCrypto, sampledShare })
  const ask = (path: string, headers: Record<string, string> = {}) =>
    new Request(`http://api.example${path}`, { method: 'POST', headers })
  return { traces, spans, ask }
}

const answer = (status: number) => async () => new Response(null, { status })

describe('createTraces()', () => {
  test('serve() goes on with the trace of the sender', async () => {
    const { traces, spans, ask } = begin()
    const traceparent = `00-${TRACE}-${PARENT}-01`
    await traces.serve(ask('/v1/verify?reference=planted', { traceparent }), answer(200))
    expect(spans).toEqual([
      {
        traceId: TRACE,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: PARENT,
        name: 'POST /v1/verify',
        kind: 'server',
        startedAtMs: expect.any(Number),
        endedAtMs: expect.any(Number),
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/v1/verify',
          'http.response.status_code': 200,
        },
        isFailed: false,
      },
    ])
  })

  test('serve() records nothing that its sender does not, and no probe', async () => {
    const { traces, spans, ask } = begin()
    const traceparent = `00-${TRACE}-${PARENT}-00`
    expect((await traces.serve(ask('/v1/verify', { traceparent }), answer(201))).status).toBe(201)
    expect((await traces.serve(ask('/livez'), answer(202))).status).toBe(202)
    expect(spans).toEqual([])
  })

  test('serve() records the share that is asked for of what begins here', async () => {
    const traceparent = `00-${TRACE}-${PARENT}-01`
    const none = begin(0)
    await none.traces.serve(none.ask('/v1/verify'), answer(200))
    await none.traces.serve(none.ask('/v1/verify', { traceparent }), answer(200))
    expect(none.spans.map(({ traceId }) => traceId)).toEqual([TRACE])
    const some = begin(0.5)
    for (let i = 0; i < 400; i++) await some.traces.serve(some.ask('/v1/verify'), answer(200))
    // Outside of this with a probability below 1e-9.
    expect(some.spans.length).toBeGreaterThan(130)
    expect(some.spans.length).toBeLessThan(270)
  })

  test.each([
    [200, false],
    [404, false],
    [503, true],
  ])('serve() takes the answer %i for a failure of ours: %s', async (status, isFailed) => {
    const { traces, spans, ask } = begin()
    await traces.serve(ask('/v1/verify'), answer(status))
    expect(spans).toMatchObject([{ isFailed }])
  })

  test('serve() shows nothing of a path that is no operation', async () => {
    const { traces, spans, ask } = begin()
    await traces.serve(ask('/v1/events/hub/planted-secret'), answer(202))
    await traces.serve(ask('/planted-secret'), answer(404))
    expect(spans.map(({ name }) => name)).toEqual(['POST /v1/events/{source}', 'POST'])
    expect(JSON.stringify(spans)).not.toContain('planted')
  })

  test('what is sent meanwhile is a child, of its own request alone', async () => {
    const { traces, spans, ask } = begin()
    const fetch = traceFetch(async () => new Response(null, { status: 404 }), traces)
    const serve = (path: string) =>
      traces.serve(ask(path), async () => {
        await setImmediate()
        await fetch('https://registry.example/v2/planted?token=planted')
        return new Response()
      })
    await Promise.all([serve('/v1/verify'), serve('/v1/sign')])
    const servers = spans.filter(({ kind }) => kind === 'server')
    const clients = spans.filter(({ kind }) => kind === 'client')
    expect(clients).toHaveLength(2)
    for (const server of servers)
      expect(clients).toContainEqual(
        expect.objectContaining({
          traceId: server.traceId,
          parentSpanId: server.spanId,
          name: 'GET',
          attributes: {
            'http.request.method': 'GET',
            'server.address': 'registry.example',
            'server.port': 443,
            'http.response.status_code': 404,
            'error.type': '404',
          },
          isFailed: true,
        }),
      )
    expect(JSON.stringify(spans)).not.toContain('planted')
  })

  test('what is sent without a request leaves no trace, but in a run', async () => {
    const { traces, spans } = begin()
    const fetch = traceFetch(async () => new Response(), traces)
    await fetch(new Request('http://registry.example:5000/v2/', { method: 'HEAD' }))
    expect(spans).toEqual([])
    await traces.run('look', () => fetch('http://registry.example:5000/v2/'))
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['GET', 'client'],
      ['look', 'internal'],
    ])
  })

  test('what throws ends its span with the name of the error, and throws', async () => {
    const { traces, spans, ask } = begin()
    const revocation = traceRevocation(() => Promise.reject(new TypeError('planted')), traces)
    const serve = () =>
      traces.serve(ask('/v1/verify'), async () => revocation('http://ocsp.example/', {}))
    await expect(serve()).rejects.toThrow('planted')
    expect(spans).toMatchObject([
      { kind: 'client', attributes: { 'error.type': 'TypeError', 'peer.service': 'revocation' } },
      { kind: 'server', attributes: { 'error.type': 'TypeError' }, isFailed: true },
    ])
    expect(JSON.stringify(spans)).not.toContain('planted')
  })

  test('a call to Software Trust Manager that fails is a failure without an answer', async () => {
    const { traces, spans } = begin()
    const failure = {
      kind: 'failure',
      sent: true,
      error: new NotationError('signer-timeout', 'planted'),
    } as const
    const transport = traceStm(async () => failure, traces)
    const request = {
      method: 'POST',
      url: 'https://stm.example/signingmanager/api/v1/keypairs/planted/sign',
      headers: { 'x-api-key': 'planted' },
      timeoutMs: 1,
    } as const
    expect(await traces.run('sign', () => transport(request))).toBe(failure)
    expect(spans[0]).toMatchObject({
      name: 'POST',
      isFailed: true,
      attributes: { 'peer.service': 'software-trust-manager', 'error.type': 'no-answer' },
    })
    expect(JSON.stringify(spans)).not.toContain('planted')
  })

  test('annotate() adds to the current span, and tells its trace', async () => {
    const { traces, spans, ask } = begin()
    traces.annotate({ lost: 'yes' })
    expect(traces.currentTraceId()).toBeUndefined()
    await traces.serve(ask('/v1/verify'), async () => {
      traces.annotate({ 'stm_notary.outcome': traces.currentTraceId() ?? '' })
      return new Response()
    })
    expect(spans[0]?.attributes['stm_notary.outcome']).toBe(spans[0]?.traceId)
    expect(spans[0]?.attributes).not.toHaveProperty('lost')
  })
})

test('without traces each way out is as it was', () => {
  const send = async () => new Response()
  const transport = async () => {
    throw new Error('is not called')
  }
  expect(traceFetch(send, undefined)).toBe(send)
  expect(traceRevocation(send, undefined)).toBe(send)
  expect(traceStm(transport, undefined)).toBe(transport)
})
