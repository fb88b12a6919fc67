import { execFileSync } from 'node:child_process'
import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeEcdsaSignature, signEcdsaDigest } from '../../emulator/ecdsa-signature.ts'
import { generateEcKey } from '../../emulator/key-material.ts'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { ask, askToSign, FREE_PORTS, keypairOf, MESSAGE } from './stm.ts'

const HASHES = ['sha256', 'sha384', 'sha512'] as const
const RSA_ALIASES = ['rsa-2048', 'rsa-3072', 'rsa-4096']
const EC_ALIASES = ['ec-p256', 'ec-p384', 'ec-p521']

function combinations<A, B>(as: readonly A[], bs: readonly B[]): [A, B][] {
  return as.flatMap((a) => bs.map((b): [A, B] => [a, b]))
}

describe('signing a digest', () => {
  let emulator: RunningEmulator
  let folder: string
  beforeAll(async () => {
    emulator = await startEmulator(FREE_PORTS)
    folder = mkdtempSync(join(tmpdir(), 'emulator-signing-'))
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await emulator.close()
  })

  async function publicKeyOf(alias: string): Promise<KeyObject> {
    const { json } = await ask(emulator, `/keypairs/${keypairOf(emulator, alias).id}`)
    const key = Buffer.from((json as { public_key: string }).public_key, 'base64')
    return createPublicKey({ key, format: 'der', type: 'spki' })
  }

  async function signed(alias: string, algorithm: string): Promise<Buffer> {
    const { status, json } = await askToSign(emulator, alias, algorithm)
    expect(status).toBe(200)
    return Buffer.from(json.signature ?? '', 'base64')
  }

  /** Lets OpenSSL's own command check the signature of a digest. */
  function opensslVerdict(
    key: KeyObject,
    hash: string,
    signature: Buffer,
    options: readonly string[],
  ): string {
    const [keyFile, digestFile, signatureFile] = ['key', 'digest', 'signature'].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    writeFileSync(keyFile, key.export({ type: 'spki', format: 'pem' }))
    writeFileSync(digestFile, createHash(hash).update(MESSAGE).digest())
    writeFileSync(signatureFile, signature)
    const files = ['-pubin', '-inkey', keyFile, '-in', digestFile, '-sigfile', signatureFile]
    const all = ['pkeyutl', '-verify', ...files, '-pkeyopt', `digest:${hash}`]
    const pairs = options.flatMap((option) => ['-pkeyopt', option])
    return execFileSync('openssl', [...all, ...pairs], { encoding: 'utf8' }).trim()
  }

  test.each(combinations(RSA_ALIASES, HASHES))(
    '%s with %s: RSASSA-PKCS1-v1_5 verifies in node:crypto and OpenSSL',
    async (alias, hash) => {
      const signature = await signed(alias, `${hash.toUpperCase()}withRSA`)
      const key = await publicKeyOf(alias)
      expect(verify(hash, Buffer.from(MESSAGE), key, signature)).toBe(true)
      expect(opensslVerdict(key, hash, signature, [])).toBe('Signature Verified Successfully')
    },
  )

  test.each(combinations(RSA_ALIASES, HASHES))(
    '%s with %s: RSASSA-PSS verifies with a salt as long as the hash and MGF1 of it',
    async (alias, hash) => {
      const signature = await signed(alias, `${hash}WithRSA/PSS`)
      const key = await publicKeyOf(alias)
      const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
      const padding = constants.RSA_PKCS1_PSS_PADDING
      expect(verify(hash, Buffer.from(MESSAGE), { key, padding, saltLength }, signature)).toBe(true)
      const options = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:digest', `rsa_mgf1_md:${hash}`]
      expect(opensslVerdict(key, hash, signature, options)).toBe('Signature Verified Successfully')
    },
  )

  test.each(combinations(EC_ALIASES, HASHES))(
    '%s with %s: ECDSA in DER verifies in node:crypto and OpenSSL',
    async (alias, hash) => {
      const signature = await signed(alias, `${hash.toUpperCase()}withECDSA`)
      const key = await publicKeyOf(alias)
      expect(verify(hash, Buffer.from(MESSAGE), { key, dsaEncoding: 'der' }, signature)).toBe(true)
      expect(opensslVerdict(key, hash, signature, [])).toBe('Signature Verified Successfully')
    },
  )

  test('an Ed25519 keypair signs what it is given', async () => {
    const signature = await signed('ed25519', 'ED25519')
    const digest = createHash('sha256').update(MESSAGE).digest()
    expect(verify(null, digest, await publicKeyOf('ed25519'), signature)).toBe(true)
  })

  test.each(['SHA256withRSA', 'sha256WithRSA', 'SHA256WITHRSA', 'SHA256WithRSA/PSS'])(
    'sig_alg is taken in any case: %s',
    async (algorithm) => {
      expect((await askToSign(emulator, 'rsa-2048', algorithm)).status).toBe(200)
    },
  )

  test('no two ECDSA signatures of a digest are alike', async () => {
    const first = await signed('ec-p256', 'SHA256withECDSA')
    expect(first.equals(await signed('ec-p256', 'SHA256withECDSA'))).toBe(false)
  })
})

describe('signEcdsaDigest()', () => {
  test.each([['P256'], ['P384'], ['P521']] as const)(
    'makes signatures on %s that verify, for digests of any SHA-2 and any message',
    (curve) => {
      const key = generateEcKey(curve)
      const publicKey = createPublicKey(key)
      fc.assert(
        fc.property(fc.uint8Array(), fc.constantFrom(...HASHES), (message, hash) => {
          const digest = createHash(hash).update(message).digest()
          const raw = signEcdsaDigest(key, curve, digest)
          const der = encodeEcdsaSignature(raw)
          return (
            verify(hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw) &&
            verify(hash, message, { key: publicKey, dsaEncoding: 'der' }, der)
          )
        }),
        { numRuns: 20 },
      )
    },
  )
})

describe('encodeEcdsaSignature()', () => {
  test('writes minimal positive integers', () => {
    expect([...encodeEcdsaSignature(Uint8Array.of(0, 0x7f, 0x80, 0))]).toEqual([
      0x30, 8, 2, 1, 0x7f, 2, 3, 0, 0x80, 0,
    ])
  })

  test('writes a length above 127 in its long form', () => {
    const encoded = encodeEcdsaSignature(new Uint8Array(132).fill(0xff))
    expect([...encoded.subarray(0, 6)]).toEqual([0x30, 0x81, 138, 2, 67, 0])
  })
})
