import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../../shared/base64.ts'
import type { Descriptor } from '../../../shared/descriptor.ts'
import type { JsonValue } from '../../../shared/json.ts'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import type { Check } from '../../../shared/verify/outcome.ts'
import { verifyArtifact } from '../../../shared/verify/verify-artifact.ts'
import { AT } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

interface Vector {
  readonly name: string
  readonly bundle: JsonValue
  readonly reference: string
  readonly descriptor: Descriptor
  readonly userMetadata?: Readonly<Record<string, string>>
  readonly mediaType: string
  readonly envelope: string
  readonly error: string | null
  readonly level: string
  readonly results: readonly {
    readonly type: Check['type']
    readonly action: Check['action']
    readonly error: string | null
  }[]
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../vectors/verify/signatures.json', import.meta.url), 'utf8'),
).cases

/** Where we reject what notation-go verifies. */
const STRICTER: ReadonlyMap<string, RegExp> = new Map([
  ['unknown critical attribute', /^unknown critical attribute "com\.example\.note"$/],
])
/** Where the words are ours. */
const OUR_WORDS: ReadonlyMap<string, RegExp> = new Map([
  ['verification plugin', /^digital signature requires plugin "vendor" with signature verif/],
  ['verification plugin under audit', /^digital signature requires plugin "vendor" with sig/],
  ['payload is another object', /targetArtifact|payload/],
  ['truncated envelope', /./],
  ['empty envelope', /./],
])

describe('verifyArtifact() on signatures of notation-core-go', () => {
  test.each(vectors)('agrees with notation-go: $name', async (vector) => {
    const [name = ''] = vector.name.split(', application/')
    const verdict = await verify(vector)
    const stricter = STRICTER.get(name)
    expect(verdict.verified).toBe(vector.error === null && stricter === undefined)
    expect(verdict.policy.level).toBe(vector.level)
    const checks = verdict.signatures[0]?.checks ?? []
    const decisive = checks.find(
      ({ action, result }) => action === 'enforce' && result === 'failed',
    )
    expect(decisive === undefined).toBe(verdict.verified)
    if (stricter !== undefined) expect(decisive?.message).toMatch(stricter)
    else if (OUR_WORDS.has(name)) expect(decisive?.message).toMatch(OUR_WORDS.get(name) ?? '')
    else if (vector.error !== null) expect(decisive?.message).toContain(vector.error)
  })

  test.each(
    vectors.filter(({ error, name }) => error === null && !name.startsWith('unknown crit')),
  )('has the checks of notation-go: $name', async (vector) => {
    const { signatures } = await verify(vector)
    const checks = new Map(signatures[0]?.checks.map((check) => [check.type, check]))
    expect(checks.size).toBe(5)
    for (const { type, action, error } of vector.results) {
      expect(checks.get(type)).toMatchObject({
        action,
        result: error === null ? 'passed' : 'failed',
      })
      if (error !== null) expect(checks.get(type)?.message).toContain(error)
      checks.delete(type)
    }
    // notation-go has no result for what it skips.
    for (const { action, result } of checks.values())
      expect([action, result]).toEqual(['skip', 'skipped'])
  })
})

async function verify(vector: Vector) {
  const { reference, descriptor, mediaType, userMetadata = {} } = vector
  const bundle = await parseTrustBundle(vector.bundle, nodeCrypto)
  const signatures = [{ mediaType, envelope: decodeBase64(vector.envelope ?? '') }]
  // A reference names the descriptor's digest, also where the signature is for another one.
  const [repository] = reference.split('@')
  return verifyArtifact(
    { reference: `${repository}@${descriptor.digest}`, descriptor, signatures, userMetadata },
    { bundle, now: AT, crypto: nodeCrypto },
  )
}
