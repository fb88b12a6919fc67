import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  EXPORT_PERIOD_MS,
  EXPORT_TIMEOUT_MS,
  MAX_BATCH_SPANS,
  MAX_QUEUED_SPANS,
} from '../../../../functions/server/traces/limits.ts'
import { createOtlpExporter } from '../../../../functions/server/traces/otlp-exporter.ts'
import type { Span } from '../../../../functions/server/traces/span.ts'

const SPAN: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  name: 'POST /v1/verify',
  kind: 'server',
  startedAtMs: 1_893_553_445_000.25,
  endedAtMs: 1_893_553_445_001,
  attributes: { 'http.response.status_code': 200, 'http.route': '/v1/verify' },
  isFailed: true,
}
const DESTINATION = {
  url: 'http://collector/v1/traces',
  headers: { authorization: 'Bearer a' },
  resource: { 'service.name': 'test' },
}

describe('createOtlpExporter()', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** An exporter to a collector that answers with these statuses, the last one for ever; 0 breaks off. */
  function begin(...statuses: readonly number[]) {
    const sent: { readonly url: string; readonly init: RequestInit }[] = []
    const ended = { sent: 0, dropped: 0 }
    const failures: string[] = []
    const fetch = vi.fn(async (url: string, init: RequestInit) => {
      sent.push({ url, init })
      const status = statuses[Math.min(sent.length, statuses.length) - 1] ?? 200
      if (status === 0) throw new TypeError('fetch failed for http://planted')
      return new Response(null, { status })
    })
    const exporter = createOtlpExporter(DESTINATION, {
      fetch: fetch as unknown as typeof globalThis.fetch,
      onEnd: (outcome, spans) => {
        ended[outcome] += spans
      },
      onFailure: (reason) => failures.push(reason),
    })
    return { exporter, sent, ended, failures }
  }

  test('sends spans as OTLP has them in JSON', async () => {
    const { exporter, sent, ended } = begin(200)
    exporter.add(SPAN)
    await exporter.flush()
    expect(sent[0]?.url).toBe(DESTINATION.url)
    expect(sent[0]?.init.headers).toEqual({
      authorization: 'Bearer a',
      'content-type': 'application/json',
    })
    expect(JSON.parse(String(sent[0]?.init.body))).toEqual({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'test' } }] },
          scopeSpans: [
            {
              scope: { name: 'notation-digicert-stm' },
              spans: [
                {
                  traceId: SPAN.traceId,
                  spanId: SPAN.spanId,
                  parentSpanId: SPAN.parentSpanId,
                  name: SPAN.name,
                  kind: 2,
                  startTimeUnixNano: '1893553445000250000',
                  endTimeUnixNano: '1893553445001000000',
                  attributes: [
                    { key: 'http.response.status_code', value: { intValue: '200' } },
                    { key: 'http.route', value: { stringValue: '/v1/verify' } },
                  ],
                  status: { code: 2 },
                },
              ],
            },
          ],
        },
      ],
    })
    expect(ended).toEqual({ sent: 1, dropped: 0 })
  })

  test('sends after its period what came meanwhile, together', async () => {
    const { exporter, sent, ended } = begin(200)
    exporter.add(SPAN)
    await vi.advanceTimersByTimeAsync(EXPORT_PERIOD_MS - 1)
    exporter.add(SPAN)
    expect(sent).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(sent).toHaveLength(1)
    expect(ended).toEqual({ sent: 2, dropped: 0 })
  })

  test('sends a full batch at once, and no more in one', async () => {
    const { exporter, sent, ended } = begin(200)
    for (let i = 0; i < MAX_BATCH_SPANS + 1; i++) exporter.add(SPAN)
    await exporter.flush()
    expect(sent).toHaveLength(2)
    expect(ended.sent).toBe(MAX_BATCH_SPANS + 1)
  })

  test('drops what finds no room, and counts it', async () => {
    const { exporter, ended } = begin(200)
    // The first batch is on its way as soon as it is full.
    for (let i = 0; i < MAX_BATCH_SPANS + MAX_QUEUED_SPANS + 3; i++) exporter.add(SPAN)
    expect(ended.dropped).toBe(3)
    await exporter.flush()
    expect(ended).toEqual({ sent: MAX_BATCH_SPANS + MAX_QUEUED_SPANS, dropped: 3 })
  })

  test('close() sends what waits, and waits for no collector longer than its limit', async () => {
    const { exporter, ended } = begin(200)
    exporter.add(SPAN)
    await exporter.close()
    expect(ended.sent).toBe(1)
    const hanging = createOtlpExporter(DESTINATION, {
      fetch: () => new Promise<Response>(() => {}),
      onEnd: () => {},
      onFailure: () => {},
    })
    hanging.add(SPAN)
    let isClosed = false
    void hanging.close().then(() => {
      isClosed = true
    })
    await vi.advanceTimersByTimeAsync(EXPORT_TIMEOUT_MS - 1)
    expect(isClosed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(isClosed).toBe(true)
  })

  test.each([
    [503, 'the collector answered 503'],
    [302, 'the collector answered 302'],
    [0, 'the collector cannot be reached (TypeError)'],
  ])('counts what is lost to %s, and tells once until some is sent again', async (status, told) => {
    const { exporter, ended, failures } = begin(status, status, 200, status)
    for (let i = 0; i < 4; i++) {
      exporter.add(SPAN)
      await exporter.flush()
    }
    expect(ended).toEqual({ sent: 1, dropped: 3 })
    expect(failures).toEqual([told, told])
  })
})
