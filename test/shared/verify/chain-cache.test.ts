// A verification that has met a chain before gives the verdict that it would give at first sight.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../../shared/base64.ts'
import type { Crypto } from '../../../shared/crypto.ts'
import type { Descriptor } from '../../../shared/descriptor.ts'
import type { JsonValue } from '../../../shared/json.ts'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { verifyArtifact } from '../../../shared/verify/verify-artifact.ts'
import type { Certificate } from '../../../shared/x509/certificate.ts'
import { type ChainCache, createChainCache } from '../../../shared/x509/chain-cache.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { issueCa } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

interface Vector {
  readonly name: string
  readonly bundle: JsonValue
  readonly reference: string
  readonly descriptor: Descriptor
  readonly userMetadata?: Readonly<Record<string, string>>
  readonly mediaType: string
  readonly envelope: string
}

const FILE = new URL('../../vectors/verify/signatures.json', import.meta.url)
const { cases }: { cases: readonly Vector[] } = JSON.parse(readFileSync(FILE, 'utf8'))
const NOW = new Date('2026-06-01T00:00:00Z')
const LONG_AFTER = new Date('2199-01-01T00:00:00Z')

const cache = createChainCache()
let found = 0
const chains: ChainCache = {
  ...cache,
  find(certificates) {
    const fit = cache.find(certificates)
    if (fit !== undefined) found++
    return fit
  },
}

/** The verdict, or what is thrown in its place. */
async function outcomeOf(vector: Vector, now: Date, known: boolean): Promise<unknown> {
  return verdictOf(vector, now, known).catch((error: unknown) => String(error))
}

async function verdictOf(vector: Vector, now: Date, known: boolean) {
  const { reference, descriptor, userMetadata, mediaType } = vector
  const signatures = [{ mediaType, envelope: decodeBase64(vector.envelope) }]
  const artifact = { reference, descriptor, signatures }
  const bundle = await parseTrustBundle(vector.bundle, nodeCrypto)
  return verifyArtifact(userMetadata === undefined ? artifact : { ...artifact, userMetadata }, {
    bundle,
    now,
    crypto: nodeCrypto,
    ...(known ? { chains } : {}),
  })
}

/** A JWS that verifies. */
function trusted(): Vector {
  const [vector] = cases
  if (vector === undefined) throw new RangeError('there is a vector')
  return vector
}

async function verifyTrusted(envelope: Uint8Array, crypto: Crypto, known: ChainCache) {
  const { reference, descriptor, mediaType, bundle } = trusted()
  return verifyArtifact(
    { reference, descriptor, signatures: [{ mediaType, envelope }] },
    { bundle: await parseTrustBundle(bundle, crypto), now: NOW, crypto, chains: known },
  )
}

/** What signatures were checked over while the JWS that verifies was verified. */
async function checkedMessages(known: ChainCache): Promise<readonly Uint8Array[]> {
  const messages: Uint8Array[] = []
  const crypto: Crypto = {
    ...nodeCrypto,
    verify(scheme, spki, signature, message) {
      messages.push(message)
      return nodeCrypto.verify(scheme, spki, signature, message)
    },
  }
  const { verified } = await verifyTrusted(decodeBase64(trusted().envelope), crypto, known)
  expect(verified).toBe(true)
  return messages
}

/** An audit-level bundle: what is not trusted is only logged. */
function trusting({ raw }: Certificate): JsonValue {
  return {
    trustPolicy: {
      version: '1.0',
      trustPolicies: [
        {
          name: 'audit',
          registryScopes: ['*'],
          signatureVerification: { level: 'audit' },
          trustStores: ['ca:other'],
          trustedIdentities: ['*'],
        },
      ],
    },
    trustStores: { 'ca:other': [encodePem('CERTIFICATE', raw)] },
  }
}

describe('verifyArtifact() with chains that it has met', () => {
  test.each(cases.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    for (const now of [NOW, NOW, LONG_AFTER, NOW])
      expect(await outcomeOf(vector, now, true)).toEqual(await outcomeOf(vector, now, false))
  })

  test('has met many by now', () => {
    expect(found).toBeGreaterThan(cases.length)
  })

  test("checks the envelope's signature each time, over bytes put together anew", async () => {
    const known = createChainCache()
    const [first, second, third] = [
      await checkedMessages(known),
      await checkedMessages(known),
      await checkedMessages(known),
    ]
    expect(first.length).toBeGreaterThan(1)
    expect([second.length, third.length]).toEqual([1, 1])
    expect(second).toEqual(third)
    expect(second[0]).not.toBe(third[0])
  })

  test('refuses a signature that was altered, by a chain that it knows', async () => {
    const known = createChainCache()
    await checkedMessages(known)
    const envelope = JSON.parse(new TextDecoder().decode(decodeBase64(trusted().envelope)))
    const [head, ...rest] = envelope.signature
    const altered = { ...envelope, signature: [head === 'A' ? 'B' : 'A', ...rest].join('') }
    const bytes = new TextEncoder().encode(JSON.stringify(altered))
    expect(known.find(envelope.header.x5c.map(decodeBase64))).toBeDefined()
    const { verified, signatures } = await verifyTrusted(bytes, nodeCrypto, known)
    expect(verified).toBe(false)
    expect(signatures[0]?.checks[0]).toMatchObject({
      type: 'integrity',
      result: 'failed',
      code: 'signature-mismatch',
    })
  })

  test('keeps no chain that no trust store vouches for', async () => {
    const vector = trusted()
    const kept: unknown[] = []
    const { signatures: _, ...verdict } = await verifyArtifact(
      {
        reference: vector.reference,
        descriptor: vector.descriptor,
        signatures: [{ mediaType: vector.mediaType, envelope: decodeBase64(vector.envelope) }],
      },
      {
        bundle: await parseTrustBundle(trusting(issueCa().certificate), nodeCrypto),
        now: NOW,
        crypto: nodeCrypto,
        chains: { find: () => undefined, keep: (fit) => kept.push(fit) },
      },
    )
    expect(verdict.verified).toBe(true)
    expect(kept).toEqual([])
  })
})
