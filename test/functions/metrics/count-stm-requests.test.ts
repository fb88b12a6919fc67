import { describe, expect, test } from 'vitest'
import { countStmRequests } from '../../../functions/metrics/count-stm-requests.ts'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'
import { NotationError } from '../../../shared/errors.ts'
import type { StmAnswer, StmFailure, StmTransport } from '../../../shared/stm/transport.ts'

const KEYPAIRS = 'https://stm.example/signingmanager/api/v1/keypairs'
const REQUEST = { method: 'POST', headers: {}, timeoutMs: 1 } as const

describe('countStmRequests()', () => {
  test('counts by kind and status, and shows no key', async () => {
    const metrics = createMetricsRegistry()
    const answer = (status: number): StmAnswer => ({
      kind: 'answer',
      status,
      headers: {},
      body: new Uint8Array(),
    })
    const error = new NotationError('signer-timeout', 'late')
    const failure: StmFailure = { kind: 'failure', sent: true, error }
    const outcomes = [answer(200), answer(429), failure, answer(200)]
    const transport = countStmRequests(async () => outcomes.shift() ?? failure, metrics)
    const urls = ['planted/sign', 'planted/sign', 'planted/sign', '?alias=planted/sign']
    for (const url of urls) await transport({ ...REQUEST, url: `${KEYPAIRS}/${url}` })
    const text = await metrics.render()
    for (const line of [
      'stm_notary_stm_requests_total{kind="sign",status="200"} 1',
      'stm_notary_stm_requests_total{kind="sign",status="429"} 1',
      'stm_notary_stm_requests_total{kind="sign",status="signer-timeout"} 1',
      'stm_notary_stm_requests_total{kind="lookup",status="200"} 1',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).not.toContain('planted')
  })

  test('gives the outcome on, and without metrics the transport', async () => {
    const failure: StmFailure = {
      kind: 'failure',
      sent: false,
      error: new NotationError('signer-unavailable', 'away'),
    }
    const transport: StmTransport = async () => failure
    const counted = countStmRequests(transport, createMetricsRegistry())
    expect(await counted({ ...REQUEST, url: KEYPAIRS })).toBe(failure)
    expect(countStmRequests(transport, undefined)).toBe(transport)
  })
})
