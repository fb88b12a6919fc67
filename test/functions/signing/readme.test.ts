// What the READMEs show of signing by rules is so.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseConfiguration } from '../../../functions/configuration.ts'
import {
  MAX_CALLERS_PROFILE_CHARACTERS,
  MAX_CALLERS_PROFILES,
  MAX_INDEX_DEPTH,
  MAX_LOST_SIGN_REQUESTS,
  MAX_RESIGNED_PER_DAY,
  MAX_SIGNED_CHILDREN,
  MAX_TASK_ATTEMPTS,
  MAX_UNKNOWN_ATTEMPTS,
  TASK_BACKOFF_SECONDS,
  TASK_MAX_BACKOFF_SECONDS,
} from '../../../functions/limits.ts'
import { NOT_APPLYING } from '../../../functions/rules/match-rules.ts'
import { parseSigningRules } from '../../../functions/rules/parse-signing-rules.ts'
import { signingRulesSchema } from '../../../functions/rules/signing-rules-schema.ts'
import { STATE_RETENTION_DAYS } from '../../../functions/server/queue/pg-boss-engine.ts'
import { DEAD_LETTER_DAYS } from '../../../functions/server/queue/task-queue.ts'
import { SIGNING_STATES } from '../../../functions/signing/subject-state.ts'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const GUIDE = readFileSync(join(ROOT, 'functions', 'signing', 'README.md'), 'utf8')

function jsonBlocks(text: string): readonly object[] {
  return [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, json = '']) => JSON.parse(json))
}

const encode = (document: object) => new TextEncoder().encode(JSON.stringify(document))

const AUTHORITIES = new Map([['digicert', { name: 'digicert', url: 'http://x', roots: [] }]])
const BUNDLE = await parseTrustBundle(
  {
    trustPolicy: {
      version: '1.0',
      trustPolicies: [
        {
          name: 'build-pipeline',
          registryScopes: ['*'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:x'],
          trustedIdentities: ['*'],
        },
      ],
    },
    trustStores: {},
  },
  nodeCrypto,
)

it('shows a CONFIG and rules that are taken', () => {
  const shown = jsonBlocks(README)
  const configured = shown.find((document) => 'sources' in document)
  const written = [...shown, ...jsonBlocks(GUIDE)].filter((document) => 'rules' in document)
  // Whoever leaves what stands in for a secret is told.
  expect(() => parseConfiguration(encode(configured ?? {}))).toThrow('"sources.0.auth.secret"')
  const filledIn = JSON.stringify(configured).replaceAll('…', 'a'.repeat(64))
  const configuration = parseConfiguration(encode(JSON.parse(filledIn)))
  expect(configuration.sources.size).toBe(1)
  expect(written).toHaveLength(2)
  const [first = {}, full = {}] = written
  // What the README shows needs nothing that it does not show.
  expect(
    parseSigningRules(encode(first), { ...configuration, trustBundle: BUNDLE }).rules,
  ).toHaveLength(1)
  expect(
    parseSigningRules(encode(full), {
      registries: configuration.registries,
      timestampAuthorities: AUTHORITIES,
      trustBundle: BUNDLE,
    }).rules,
  ).toHaveLength(1)
})

it('names every setting of a rule, every reason and every state', () => {
  const rule = signingRulesSchema.shape.rules.element.shape
  for (const name of [...Object.keys(rule), ...NOT_APPLYING])
    expect(GUIDE).toMatch(new RegExp(`\`${name}[.\`]`))
  for (const state of SIGNING_STATES) expect(README).toContain(state)
})

it('says the limits that hold', () => {
  const waits = Array.from({ length: MAX_TASK_ATTEMPTS - 1 }, (_, i) =>
    Math.min(TASK_BACKOFF_SECONDS * 2 ** i, TASK_MAX_BACKOFF_SECONDS),
  )
  const minutes = waits.reduce((sum, seconds) => sum + seconds, 0) / 60
  expect(minutes).toBeGreaterThan(55)
  expect(minutes).toBeLessThan(65)
  expect(GUIDE).toContain(`after ${MAX_TASK_ATTEMPTS} attempts, about an hour`)
  expect(TASK_MAX_BACKOFF_SECONDS).toBe(15 * 60)
  expect(GUIDE).toContain(
    `Dead letters are kept ${DEAD_LETTER_DAYS} days, states ${STATE_RETENTION_DAYS} days`,
  )
  expect(GUIDE).toContain(`at most ${MAX_RESIGNED_PER_DAY.toLocaleString('en')} signatures a day`)
  expect(GUIDE).toContain(`${MAX_SIGNED_CHILDREN} of each index`)
  expect(MAX_INDEX_DEPTH).toBe(2)
  expect(GUIDE).toContain(`at most ${MAX_CALLERS_PROFILES} profiles`)
  expect(GUIDE).toContain(`${MAX_CALLERS_PROFILE_CHARACTERS / 1024} KiB together`)
  expect(GUIDE).toContain('asked for five times in 15 seconds')
  expect(MAX_UNKNOWN_ATTEMPTS).toBe(5)
  expect(GUIDE).toContain('asked once more; then FAILED')
  expect(MAX_LOST_SIGN_REQUESTS).toBe(2)
})
