import { expect, test } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { MAX_SIGNATURES } from '../../../shared/limits.ts'
import { parseTrustBundle, type TrustBundle } from '../../../shared/policy/trust-bundle.ts'
import {
  type BrokenSignature,
  type FoundSignatures,
  type SignatureInput,
  verifyArtifact,
} from '../../../shared/verify/verify-artifact.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { AT, buildChain } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { DESCRIPTOR } from './signed-content.ts'

const { certificates } = buildChain()
const broken: BrokenSignature = {
  digest: `sha256:${'b'.repeat(64)}`,
  fault: new NotationError('envelope-malformed', 'unable to retrieve it: it is not there'),
}

function bundleOf(level: string): Promise<TrustBundle> {
  const isSkip = level === 'skip'
  const statement = {
    name: 'production',
    registryScopes: ['reg.io/app'],
    signatureVerification: { level },
    trustStores: isSkip ? [] : ['ca:acme'],
    trustedIdentities: isSkip ? [] : ['*'],
  }
  const root = encodePem('CERTIFICATE', certificates.at(-1) ?? new Uint8Array())
  return parseTrustBundle(
    {
      trustPolicy: { version: '1.0', trustPolicies: [statement] },
      trustStores: { 'ca:acme': [root] },
    },
    nodeCrypto,
  )
}

async function verify(signatures: FoundSignatures, level = 'strict', repository = 'reg.io/app') {
  const reference = `${repository}@${DESCRIPTOR.digest}`
  return verifyArtifact(
    { reference, descriptor: DESCRIPTOR, signatures },
    { bundle: await bundleOf(level), now: AT, crypto: nodeCrypto },
  )
}

/** Counts how many are taken. */
function counted(source: (index: number) => SignatureInput | BrokenSignature) {
  const count = { taken: 0 }
  async function* take(): AsyncGenerator<SignatureInput | BrokenSignature> {
    for (;;) yield source(count.taken++)
  }
  return { count, signatures: take() }
}

test('verifyArtifact() takes a signature that cannot be had for one whose integrity failed', async () => {
  expect(await verify([broken])).toMatchObject({
    verified: false,
    code: 'signatures-rejected',
    signatures: [
      {
        digest: broken.digest,
        verified: false,
        checks: [
          {
            type: 'integrity',
            action: 'enforce',
            result: 'failed',
            code: 'envelope-malformed',
            message: broken.fault.message,
          },
          ...['authenticity', 'expiry', 'authenticTimestamp', 'revocation'].map((type) => ({
            type,
            result: 'notChecked',
          })),
        ],
      },
    ],
  })
})

test('verifyArtifact() takes no signature where verification is skipped', async () => {
  const { count, signatures } = counted(() => broken)
  expect(await verify(signatures, 'skip')).toMatchObject({ verified: true, signatures: [] })
  expect(count.taken).toBe(0)
})

test('verifyArtifact() takes no signature where no statement applies', async () => {
  const { count, signatures } = counted(() => broken)
  const verdict = await verify(signatures, 'strict', 'reg.io/other')
  expect(verdict).toMatchObject({ verified: false, code: 'statement-missing' })
  expect(count.taken).toBe(0)
})

test('verifyArtifact() stops at the limit of signatures and says so', async () => {
  const { count, signatures } = counted(() => broken)
  const verdict = await verify(signatures)
  expect(verdict).toMatchObject({
    verified: false,
    code: 'signatures-rejected',
    message: `signature evaluation stopped. The configured limit of ${MAX_SIGNATURES} signatures to verify per artifact exceeded`,
  })
  expect(verdict.signatures).toHaveLength(MAX_SIGNATURES)
  expect(count.taken).toBe(MAX_SIGNATURES + 1)
})

test('verifyArtifact() looks at as many signatures as the limit without a word', async () => {
  const verdict = await verify(Array.from({ length: MAX_SIGNATURES }, () => broken))
  expect(verdict.message).toMatch(/^signature verification failed for all the signatures/)
})

test('verifyArtifact() passes on what taking a signature throws', async () => {
  const { signatures } = counted((index) => {
    if (index === 0) return broken
    throw new NotationError('registry-timeout', 'no complete answer')
  })
  await expect(verify(signatures)).rejects.toMatchObject({ code: 'registry-timeout' })
})
