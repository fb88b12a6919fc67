import { describe, expect, test } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { MAX_SIGNATURES } from '../../../shared/limits.ts'
import { parseTrustBundle, type TrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { signArtifact } from '../../../shared/sign/sign-artifact.ts'
import {
  type BrokenSignature,
  type FoundSignatures,
  type SignatureInput,
  verifyArtifact,
} from '../../../shared/verify/verify-artifact.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { AT, buildChain } from '../../support/certificates.ts'
import { localSigner } from '../../support/local-signer.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { DESCRIPTOR } from './signed-content.ts'

const chain = buildChain()
const { certificates } = chain
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

async function verify(
  signatures: FoundSignatures,
  level = 'strict',
  repository = 'reg.io/app',
  { stopAtFirst = false, maxSignatures = MAX_SIGNATURES } = {},
) {
  const reference = `${repository}@${DESCRIPTOR.digest}`
  return verifyArtifact(
    { reference, descriptor: DESCRIPTOR, signatures, stopAtFirst },
    { bundle: await bundleOf(level), now: AT, crypto: nodeCrypto, maxSignatures },
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

describe('verifyArtifact() with a good signature', () => {
  async function good(): Promise<SignatureInput> {
    return signArtifact(
      {
        descriptor: DESCRIPTOR,
        keyId: 'key',
        mediaType: 'application/jose+json',
        signingAgent: 'test',
      },
      { signer: localSigner(chain), crypto: nodeCrypto, now: () => AT },
    )
  }

  test('takes all signatures, also those behind the first that is verified', async () => {
    const verdict = await verify([broken, await good(), broken])
    expect(verdict.signatures.map(({ verified }) => verified)).toEqual([false, true, false])
    expect(verdict).not.toHaveProperty('signaturesNotChecked')
  })

  test('takes none behind the first that is verified where it is told to stop there', async () => {
    const signature = await good()
    const { count, signatures } = counted((index) => (index === 1 ? signature : broken))
    const verdict = await verify(signatures, 'strict', 'reg.io/app', { stopAtFirst: true })
    expect(verdict).toMatchObject({ verified: true, signaturesNotChecked: 'stopAtFirst' })
    expect(verdict.signatures.map(({ verified }) => verified)).toEqual([false, true])
    expect(count.taken).toBe(2)
  })

  test('is verified within a limit, and says that there are more', async () => {
    const signatures = [await good(), broken, broken]
    const verdict = await verify(signatures, 'strict', 'reg.io/app', { maxSignatures: 2 })
    expect(verdict).toMatchObject({ verified: true, signaturesNotChecked: 'limit' })
    expect(verdict.signatures).toHaveLength(2)
  })

  test('is not verified behind a limit, which is named', async () => {
    const signatures = [broken, broken, await good()]
    expect(await verify(signatures, 'strict', 'reg.io/app', { maxSignatures: 2 })).toMatchObject({
      verified: false,
      code: 'signatures-rejected',
      message:
        'signature evaluation stopped. The configured limit of 2 signatures to verify per artifact exceeded',
      signaturesNotChecked: 'limit',
    })
  })
})
