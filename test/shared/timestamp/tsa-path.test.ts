import { describe, expect, test } from 'vitest'
import { constructedTag } from '../../../shared/der.ts'
import { encodeNull, encodeSequence, encodeTagged } from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { verifyTimestampToken } from '../../../shared/timestamp/verify-token.ts'
import { PURPOSE } from '../../../shared/x509/extensions.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import { AT, buildChain, type ChainOptions, issueCa } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { buildToken, SIGNATURE, type TokenOptions } from '../../support/timestamps.ts'

const { issued, chain, certificates } = buildChain({ purpose: 'timestamping' })
const [signer, , root] = issued as [(typeof issued)[0], (typeof issued)[0], (typeof issued)[0]]
const NAME_CONSTRAINTS = encodeSequence(encodeTagged(constructedTag(0), encodeSequence()))
const FAILED = 'failed to verify signed token: '
const NO_PATH = `${FAILED}cms verification failure: x509: certificate signed by unknown authority`

function token(options: Partial<TokenOptions> = {}): Uint8Array {
  return buildToken({ signer, certificates, ...options })
}

function verify(bytes: Uint8Array, roots = [root.certificate], at?: Date) {
  return verifyTimestampToken(bytes, SIGNATURE, roots, nodeCrypto, at)
}

async function refusalOf(
  bytes: Uint8Array,
  roots = [root.certificate],
  at?: Date,
): Promise<string> {
  const refusal = await verify(bytes, roots, at).then(
    () => new Error('Nothing was refused'),
    (error: unknown) => error,
  )
  if (isNotationError(refusal, 'timestamp-invalid')) return refusal.message
  throw refusal
}

/** What is said of a token under a timestamping chain with one deviation. */
function refusalUnder(options: ChainOptions): Promise<string> {
  const built = buildChain({ purpose: 'timestamping', ...options })
  const [tsa, top] = [built.issued[0], built.chain.at(-1)]
  if (tsa === undefined || top === undefined) throw new Error('The chain is empty')
  return refusalOf(buildToken({ signer: tsa, certificates: built.certificates }), [top])
}

describe('tsa-path', () => {
  test('verifyTimestampToken() needs no root in the token, and ignores foreign certificates', async () => {
    const foreign = buildChain().certificates
    const { chain: path } = await verify(
      token({ certificates: [...foreign, ...certificates.slice(0, 2).toReversed()] }),
    )
    expect(path).toEqual(chain)
  })

  test('verifyTimestampToken() refuses a path to another root of the same name', async () => {
    const other = buildChain({ purpose: 'timestamping' })
    const bytes = buildToken({
      signer: other.issued[0] as typeof signer,
      certificates: other.certificates,
    })
    expect(await refusalOf(bytes)).toBe(NO_PATH)
  })

  test('verifyTimestampToken() refuses a path that is longer than a chain may be', async () => {
    expect(await refusalUnder({ length: 11 })).toBe(NO_PATH)
    const longest = buildChain({ purpose: 'timestamping', length: 10 })
    const bytes = buildToken({
      signer: longest.issued[0] as typeof signer,
      certificates: longest.certificates,
    })
    expect((await verify(bytes, longest.chain.slice(-1))).chain.length).toBe(10)
  })

  test('verifyTimestampToken() trusts nothing without roots', async () => {
    expect(await refusalOf(token(), [])).toBe(NO_PATH)
  })

  test('verifyTimestampToken() refuses a path that is not valid at the time given', async () => {
    const late = new Date(AT.getTime() + 400 * 24 * 60 * 60 * 1000)
    expect(await refusalOf(token(), [root.certificate], late)).toMatch(
      /unknown authority: certificate with subject "CN=Test Timestamp Signer,.*" is not valid at 2031-02-06T03:04:05\.000Z, only from /,
    )
  })

  test.each<[string, ChainOptions, RegExp]>([
    [
      'a leaf for code signing too',
      { leaf: { extendedKeyUsage: [PURPOSE.timeStamping, PURPOSE.codeSigning] } },
      /^timestamp signing certificate with subject ".*" must have and only have Timestamping as extended key usage$/,
    ],
    [
      'a leaf whose purpose is not critical',
      { leaf: { extendedKeyUsageCritical: false } },
      /^timestamp signing certificate with subject ".*" must have extended key usage extension marked as critical$/,
    ],
    [
      'a leaf that may not timestamp',
      { leaf: { extendedKeyUsage: [PURPOSE.codeSigning] } },
      /unknown authority: certificate with subject "CN=Test Timestamp Signer,.*" specifies an incompatible key usage$/,
    ],
    [
      'an intermediate for code signing alone',
      { intermediate: { extendedKeyUsage: [PURPOSE.codeSigning] } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" specifies an incompatible key usage$/,
    ],
    [
      'a root for code signing alone',
      { root: { extendedKeyUsage: [PURPOSE.codeSigning] } },
      /unknown authority: certificate with subject "CN=Test Root CA,.*" specifies an incompatible key usage$/,
    ],
    [
      'an intermediate that is no CA',
      { intermediate: { basicConstraints: { ca: false } } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" is no CA$/,
    ],
    [
      'an intermediate whose path is too short',
      { length: 4, intermediate: { basicConstraints: { ca: true, pathLength: 0 } } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 2,.*" allows for fewer certificates below$/,
    ],
    [
      'a root whose path is too short',
      { root: { basicConstraints: { ca: true, pathLength: 0 } } },
      /unknown authority: certificate with subject "CN=Test Root CA,.*" allows for fewer certificates below$/,
    ],
    [
      'an expired intermediate',
      { intermediate: { notAfter: new Date(AT.getTime() - 1000) } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" is not valid at 2030-01-02T03:04:05\.000Z, only from 2027-04-08T03:04:05\.000Z to 2030-01-02T03:04:04\.000Z$/,
    ],
    [
      'name constraints',
      { intermediate: { extraExtensions: [encodeExtension('2.5.29.30', NAME_CONSTRAINTS)] } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" has extension 2\.5\.29\.30, which this version cannot evaluate$/,
    ],
    [
      'policy constraints',
      { root: { extraExtensions: [encodeExtension('2.5.29.36', encodeSequence())] } },
      /has extension 2\.5\.29\.36, which this version cannot evaluate$/,
    ],
    [
      'an unknown critical extension in the leaf',
      { leaf: { extraExtensions: [encodeExtension('1.2.3', encodeNull(), true)] } },
      /has extension 1\.2\.3, which this version cannot evaluate$/,
    ],
    [
      'a leaf that may encipher',
      { leaf: { keyUsage: ['digitalSignature', 'keyEncipherment'] } },
      /The key usage must be "Digital Signature" only, but found "KeyEncipherment"$/,
    ],
    [
      'a P-224 leaf',
      { leaf: { key: 'P-224' } },
      /cms verification failure: x509: cannot verify signature: algorithm unimplemented$/,
    ],
    [
      'an RSA leaf of 1024 bits',
      { leaf: { key: 'rsa-1024' } },
      /cms verification failure: crypto\/rsa: 1024-bit keys are insecure, wanted at least 2048 bits$/,
    ],
  ])('verifyTimestampToken() refuses %s', async (_, options, message) => {
    expect(await refusalUnder(options)).toMatch(message)
  })

  test.each<[string, ChainOptions]>([
    ['an intermediate for any purpose', { intermediate: { extendedKeyUsage: [PURPOSE.any] } }],
    [
      'an intermediate for timestamping',
      { intermediate: { extendedKeyUsage: [PURPOSE.timeStamping] } },
    ],
    [
      'critical certificate policies',
      { intermediate: { extraExtensions: [encodeExtension('2.5.29.32', encodeSequence(), true)] } },
    ],
    ['an RSA signer', { leaf: { key: 'rsa-2048' }, root: { key: 'rsa-2048-ca' } }],
    ['a P-521 signer', { leaf: { key: 'P-521' } }],
  ])('verifyTimestampToken() passes %s', async (_, options) => {
    const built = buildChain({ purpose: 'timestamping', ...options })
    const bytes = buildToken({
      signer: built.issued[0] as typeof signer,
      certificates: built.certificates,
    })
    expect((await verify(bytes, built.chain.slice(-1))).chain).toEqual(built.chain)
  })

  test('verifyTimestampToken() takes another way where one issuer is no good', async () => {
    const expired = issueCa(
      {
        subject: [
          ['C', 'US'],
          ['O', 'Test CA'],
          ['CN', 'Test Issuing CA 1'],
        ],
        key: issued[1]?.key as typeof signer.key,
        notAfter: new Date(AT.getTime() - 1000),
      },
      root,
    )
    const bytes = token({ certificates: [signer.der, expired.der, ...certificates.slice(1)] })
    expect((await verify(bytes)).chain).toEqual(chain)
  })

  test('verifyTimestampToken() takes a self-signed signer that is itself the root', async () => {
    const {
      issued: [own],
    } = buildChain({ purpose: 'timestamping', length: 1 })
    const bytes = buildToken({ signer: own as typeof signer })
    const { chain: path } = await verify(bytes, [(own as typeof signer).certificate])
    expect(path).toEqual([own?.certificate])
  })

  test('verifyTimestampToken() refuses a root that is not self-signed', async () => {
    const bytes = token()
    expect(await refusalOf(bytes, [issued[1]?.certificate as typeof signer.certificate])).toMatch(
      /^root certificate with subject "CN=Test Issuing CA 1,.*" is invalid or not self-signed\./,
    )
  })
})
