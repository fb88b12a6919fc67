// What the log and the metrics say of profiles that rules ask for.

import { expect, it } from 'vitest'
import { createMetricsRegistry } from '../../../functions/metrics/metrics-registry.ts'
import { NotationError } from '../../../shared/errors.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

const linesOf = ({ audit }: { readonly audit: readonly object[] }) =>
  audit.map((entry) => {
    const { outcome, rules, message } = entry as Readonly<Record<string, string>>
    return [outcome, rules, message]
  })

it('a profile that waits, is held or superseded has one line, however often it is looked at', async () => {
  const metrics = createMetricsRegistry()
  const service = await createSigningService({
    rules: [
      { ...RULE, name: 'held', maxSignaturesPerDay: 0 },
      { ...RULE, name: 'waiting', keyId: 'other-key', requiredStatement: 'test-policy' },
    ],
    metrics,
  })
  const image = await service.push()
  const look = service.lookAt(image)
  await service.look(look)
  await service.look(look)
  await service.push()
  await service.look(look)
  await service.look(look)

  const held = expect.stringContaining('of rule "held" are used up')
  const moved = expect.stringContaining('no tag that the rule names')
  expect(linesOf(service)).toEqual([
    ['held', 'held', held],
    [
      'waiting',
      'waiting',
      'waits for a signature that satisfies the trust policy statement "test-policy"',
    ],
    ['superseded', 'held', moved],
    ['superseded', 'waiting', moved],
  ])
  const shown = await metrics.render()
  const counted = (rule: string, outcome: string) =>
    `stm_notary_rule_signatures_total{rule="${rule}",outcome="${outcome}"}`
  // Looked at twice for its events, and once because it began to wait.
  for (const rule of ['held', 'waiting']) {
    expect(shown).toContain(`${counted(rule, rule)} 3`)
    expect(shown).toContain(`${counted(rule, 'superseded')} 1`)
  }
})

it('a signature that two rules ask for has one line, and counts for each', async () => {
  const metrics = createMetricsRegistry()
  const service = await createSigningService({
    rules: [RULE, { ...RULE, name: 'same' }],
    metrics,
  })

  await service.look(service.lookAt(await service.push()))

  expect(linesOf(service)).toEqual([['done', 'all same', undefined]])
  const shown = await metrics.render()
  for (const rule of ['all', 'same'])
    expect(shown).toContain(`stm_notary_rule_signatures_total{rule="${rule}",outcome="signed"} 1`)
})

it('each failure has a line, and what is not in the registry one', async () => {
  const service = await createSigningService()
  const image = await service.push()
  service.beforeSigning = () => {
    throw new NotationError('signature-unaccounted', 'failed to sign: cut off')
  }

  await service.look(service.lookAt(image), service.lookAt({ digest: `sha256:${'0'.repeat(64)}` }))

  expect(linesOf(service)).toEqual([
    ['signature-unaccounted', 'all', 'failed to sign: cut off'],
    ['signature-unaccounted', 'all', 'failed to sign: cut off'],
    ['artifact-unknown', undefined, expect.any(String)],
  ])
})
