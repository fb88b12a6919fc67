import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isNotationError } from '../../../shared/errors.ts'
import { MAX_CHAIN_CERTIFICATES } from '../../../shared/limits.ts'
import { type Certificate, parseCertificate } from '../../../shared/x509/certificate.ts'
import { parseCertificatesPemOrDer } from '../../../shared/x509/pem.ts'
import {
  verifyCodeSigningChain,
  verifyTimestampingChain,
} from '../../../shared/x509/requirements.ts'
import {
  CODE_SIGNING_CA_RULES,
  CODE_SIGNING_LEAF_RULES,
  TIMESTAMPING_CA_RULES,
  TIMESTAMPING_LEAF_RULES,
} from '../../../shared/x509/rules.ts'
import { AT, buildChain } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import vectors from '../../vectors/x509/chains.json' with { type: 'json' }

/** What we refuse and the reference does not, with the reason that we give. */
const STRICTER: ReadonlyMap<string, RegExp> = new Map([
  ['purpose any alone', /: extended key usage must not contain Any eku$/],
  ['rsa-2047 leaf', /: rsa key size 2047 bits is not supported$/],
  ['SHA-1 self-signed leaf', /Error: x509: cannot verify signature: insecure algorithm SHA1-RSA$/],
  [
    'RSA CA of 1024 bits',
    /Error: crypto\/rsa: 1024-bit keys are insecure, wanted at least 2048 bits$/,
  ],
  [
    'RSA CA of 2047 bits',
    /Error: crypto\/rsa: 2047-bit keys are insecure, wanted at least 2048 bits$/,
  ],
  ['P-224 CA', /Error: x509: cannot verify signature: algorithm unimplemented$/],
])

interface ChainVector {
  readonly name: string
  readonly purpose: string
  readonly at?: string
  readonly chain: readonly string[] | null
  readonly error?: string
}

const cases: readonly ChainVector[] = vectors.cases
const stricterCases = cases.filter(({ name, error }) => error === undefined && isStricter(name))

function isStricter(name: string): boolean {
  const [purpose, rest] = name.split(': ')
  if (rest === undefined || !STRICTER.has(rest)) return false
  return rest !== 'purpose any alone' || purpose === 'codeSigning'
}

async function verdictOn({ purpose, at, chain }: ChainVector): Promise<string | undefined> {
  const certificates = (chain ?? []).map((text) =>
    parseCertificate(Uint8Array.from(Buffer.from(text, 'base64'))),
  )
  return purpose === 'timestamping'
    ? refusalOf(verifyTimestampingChain(certificates, nodeCrypto))
    : refusalOf(
        verifyCodeSigningChain(certificates, nodeCrypto, at === undefined ? at : new Date(at)),
      )
}

async function refusalOf(verification: Promise<void>): Promise<string | undefined> {
  try {
    await verification
    return undefined
  } catch (error) {
    if (isNotationError(error, 'chain-invalid')) return error.message
    throw error
  }
}

describe('requirements', () => {
  test.each(cases.filter((one) => !stricterCases.includes(one)))(
    'the verdict on "$name" is the reference\'s, to the letter',
    async (vector) => {
      expect(await verdictOn(vector)).toBe(vector.error)
    },
  )

  test.each(stricterCases)('"$name" is refused, where the reference passes it', async (vector) => {
    expect(await verdictOn(vector)).toMatch(STRICTER.get(vector.name.split(': ')[1] ?? '') ?? /^$/)
  })

  test('the vectors hold every deviation from the reference', () => {
    expect(stricterCases.length).toBe(11)
    expect(cases.length).toBeGreaterThan(150)
  })

  test("verifyTimestampingChain() takes the chain of DigiCert's timestamp authority", async () => {
    const pem = readFileSync(
      new URL('../../vectors/x509/digicert-timestamping.pem', import.meta.url),
    )
    const chain = parseCertificatesPemOrDer(pem).map(parseCertificate)
    expect(chain.length).toBe(3)
    expect(await refusalOf(verifyTimestampingChain(chain, nodeCrypto))).toBeUndefined()
  })

  test('verifyCodeSigningChain() refuses more certificates than the limit', async () => {
    const { chain } = buildChain({ length: MAX_CHAIN_CERTIFICATES + 1 })
    expect(await refusalOf(verifyCodeSigningChain(chain, nodeCrypto))).toBe(
      'Cannot verify certificate chain: found 11 certificates, wanted at most 10',
    )
  })

  test('verifyTimestampingChain() refuses a certificate that is not valid at the time given', async () => {
    const { chain } = buildChain({ purpose: 'timestamping', leaf: { notAfter: AT } })
    const late = new Date(AT.getTime() + 1000)
    expect(await refusalOf(verifyTimestampingChain(chain, nodeCrypto, AT))).toBeUndefined()
    expect(await refusalOf(verifyTimestampingChain(chain, nodeCrypto, late))).toMatch(
      /was invalid at signing time of 2030-01-02 03:04:06 \+0000 UTC\. Certificate is valid from \[2029-09-24 03:04:05 \+0000 UTC\] to \[2030-01-02 03:04:05 \+0000 UTC\]$/,
    )
  })

  test('verifyCodeSigningChain() refuses a link when the cryptography says no', async () => {
    const { chain } = buildChain()
    const never = { ...nodeCrypto, verify: () => false }
    expect(await refusalOf(verifyCodeSigningChain(chain, never))).toMatch(
      /is not issued by "CN=Test Issuing CA 1,O=Test CA,C=US"\. Error: x509: ECDSA verification failure$/,
    )
  })

  test('each rule names its section and what it requires, and holds for a good chain', () => {
    const { chain } = buildChain({ length: 2 })
    const { chain: tsaChain } = buildChain({ length: 2, purpose: 'timestamping' })
    const tables = [
      [CODE_SIGNING_LEAF_RULES, chain[0]],
      [CODE_SIGNING_CA_RULES, chain[1]],
      [TIMESTAMPING_LEAF_RULES, tsaChain[0]],
      [TIMESTAMPING_CA_RULES, tsaChain[1]],
    ] as const
    for (const [rules, certificate] of tables)
      for (const rule of rules) {
        expect(rule.section).toMatch(/§/)
        expect(rule.description).not.toBe('')
        expect(rule.holds(certificate as Certificate, 0)).toBe(true)
      }
  })
})
