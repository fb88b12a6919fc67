// Every key spec × both envelopes × alias and UUID, signed and verified by the real CLI on one registry.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pushFreshImage } from '../support/images.ts'
import { createNotationWithPlugin, type Notation, parseInspection } from '../support/notation.ts'
import { type EmulatedStm, startEmulatedStm } from './emulated-stm.ts'

/** The seeded keypairs of the six key specs, with what `notation inspect` calls their algorithms. */
const KEYS = [
  ['rsa-2048', 'RSASSA-PSS-SHA-256'],
  ['rsa-3072', 'RSASSA-PSS-SHA-384'],
  ['rsa-4096', 'RSASSA-PSS-SHA-512'],
  ['ec-p256', 'ECDSA-SHA-256'],
  ['ec-p384', 'ECDSA-SHA-384'],
  ['ec-p521', 'ECDSA-SHA-512'],
] as const

const ENVELOPES = [
  ['jws', 'application/jose+json'],
  ['cose', 'application/cose'],
] as const

/** A registry to run the matrix on. */
export interface MatrixRegistry {
  readonly host: string
  close(): Promise<void>
}

/** How the matrix is run. */
export interface Matrix {
  /** Path of the notation CLI. */
  readonly notation: string
  readonly start: () => Promise<MatrixRegistry>
  /** Ways of pushing, by the flags that `notation sign` gets for them. */
  readonly pushes: readonly (readonly string[])[]
}

/** Declares the tests of the matrix. */
export function testSigningMatrix({ notation: binary, start, pushes }: Matrix): void {
  let registry: MatrixRegistry
  let stm: EmulatedStm

  beforeAll(async () => {
    registry = await start()
    stm = await startEmulatedStm()
  })
  afterAll(async () => {
    await stm.close()
    await registry.close()
  })

  const cases = pushes.flatMap((flags) =>
    KEYS.map(([alias, algorithm]) => ({
      alias,
      algorithm,
      flags,
      how: flags.length === 0 ? 'by default flags' : `with ${flags.join(' ')}`,
    })),
  )
  it.concurrent.each(cases)(
    'notation verifies strictly what $alias signs, JWS and COSE, by alias and UUID, $how',
    async ({ alias, algorithm, flags }) => {
      const notation = await createNotationWithPlugin(binary, stm.emulator.environment)
      try {
        await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
        const { id, certificates } = stm.keypair(alias)
        const fingerprint = createHash('sha256')
          .update(certificates[0] ?? '')
          .digest('hex')
        for (const [format, mediaType] of ENVELOPES) {
          for (const keyId of [alias, id]) {
            const { host } = registry
            const reference = await signFreshImage(notation, { host, keyId, format, flags })
            const signature = await inspectOnlySignature(notation, reference)
            expect(signature).toMatchObject({ signatureAlgorithm: algorithm, mediaType })
            expect(signature.certificates[0]?.SHA256Fingerprint).toBe(fingerprint)
            await verifyByIssuedTo(notation, reference)
          }
        }
      } finally {
        await notation.close()
      }
    },
  )
}

async function signFreshImage(
  notation: Notation,
  how: { host: string; keyId: string; format: string; flags: readonly string[] },
): Promise<string> {
  const { reference } = await pushFreshImage(how.host, 'interop/matrix')
  const plugin = ['--plugin', 'digicert-stm', '--id', how.keyId]
  const format = ['--signature-format', how.format]
  const insecure = '--insecure-registry'
  const signed = await notation.run([
    'sign',
    ...plugin,
    ...format,
    ...how.flags,
    insecure,
    reference,
  ])
  expect(signed).toMatchObject({ exitCode: 0, stderr: '' })
  expect(signed.stdout).toContain(`Successfully signed ${reference}`)
  return reference
}

async function inspectOnlySignature(notation: Notation, reference: string) {
  const listed = await notation.run(['list', '--insecure-registry', reference])
  expect(listed.stdout.match(/── sha256:/g)).toHaveLength(1)
  const inspect = ['inspect', '--output', 'json', '--insecure-registry', reference]
  const [signature, ...others] = parseInspection(await notation.run(inspect))
  expect(others).toEqual([])
  if (signature === undefined) throw new Error('notation inspect tells of no signature')
  return signature
}

/** Trusts nothing but the leaf's "issued to" line, as a user copies it from the terminal. */
async function verifyByIssuedTo(notation: Notation, reference: string): Promise<void> {
  const { stdout } = await notation.run(['inspect', '--insecure-registry', reference])
  const [, issuedTo] = /issued to: (.+)/.exec(stdout) ?? []
  await notation.setPolicy({
    trustStores: ['ca:stm'],
    trustedIdentities: [`x509.subject: ${issuedTo}`],
  })
  const verified = await notation.run(['verify', '--insecure-registry', reference])
  expect(verified).toMatchObject({ exitCode: 0, stderr: '' })
  expect(verified.stdout).toContain(`Successfully verified signature for ${reference}`)
}
