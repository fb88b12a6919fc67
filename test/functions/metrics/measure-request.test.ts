import { describe, expect, test } from 'vitest'
import { countAuditLines } from '../../../functions/metrics/measure-request.ts'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { createTestApi, image } from '../../support/api.ts'
import { buildChain } from '../../support/certificates.ts'

describe('the API with metrics', () => {
  test('counts requests by operation and outcome, verdicts, and how long they took', async () => {
    const metrics = createMetricsRegistry()
    const api = await createTestApi({ metrics })
    const { reference } = await image(api)
    await api.post('/v1/verify', { reference })
    await api.post('/v1/verify', { reference: 'no reference' })
    await api.post('/v1/sign', {}, 'wrong token')
    await api.post('/v1/events/unknown/secret-segment', {})
    const text = await metrics.render()
    for (const line of [
      'stm_notary_requests_total{operation="verify",outcome="done"} 1',
      'stm_notary_requests_total{operation="verify",outcome="reference-invalid"} 1',
      'stm_notary_requests_total{operation="sign",outcome="caller-unauthenticated"} 1',
      'stm_notary_verifications_total{operation="verify",verdict="rejected"} 1',
      'stm_notary_request_duration_seconds_count{operation="verify"} 2',
      'stm_notary_requests_in_flight{operation="verify"} 0',
      'stm_notary_requests_total{operation="events",outcome="route-unknown"} 1',
      'stm_notary_request_duration_seconds_count{operation="events"} 1',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).not.toContain('secret-segment')
  })

  test('shows no reference, caller or token', async () => {
    const metrics = createMetricsRegistry()
    const api = await createTestApi({ metrics })
    const { reference, digest } = await image(api)
    await api.post('/v1/verify', { reference })
    await api.request('/v1/planted')
    const text = await metrics.render()
    for (const secret of [reference, digest, 'token-of-the-ci-job', 'planted', '"ci"'])
      expect(text).not.toContain(secret)
  })

  test('counts requests for timestamps by how they ended', async () => {
    const metrics = createMetricsRegistry()
    const built = buildChain()
    const rootCertificates = [
      encodePem('CERTIFICATE', built.certificates.at(-1) ?? new Uint8Array()),
    ]
    const authority = { name: 'tsa', url: 'http://tsa.example/', rootCertificates }
    const api = await createTestApi({ metrics, settings: { timestampAuthorities: [authority] } })
    const { reference } = await image(api)
    await api.post('/v1/sign', { reference, keyId: 'my-key', timestampAuthority: 'tsa' })
    expect(await metrics.render()).toContain(
      'stm_notary_timestamp_requests_total{outcome="timestamp-unavailable"} 3\n',
    )
  })
})

describe('countAuditLines()', () => {
  test('counts no signature by rule as a request', async () => {
    const metrics = createMetricsRegistry()
    const written: unknown[] = []
    const audit = countAuditLines((entry) => written.push(entry), metrics)
    audit({ event: 'sign-by-rule', caller: undefined, outcome: 'done' })
    expect(written).toHaveLength(1)
    expect(await metrics.render()).not.toContain('sign-by-rule')
  })
})
