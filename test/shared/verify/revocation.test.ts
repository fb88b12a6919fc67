import { describe, expect, test } from 'vitest'
import { createRevocationChecker } from '../../../shared/revocation/revocation-checker.ts'
import { checkAuthenticTimestamp } from '../../../shared/verify/authentic-timestamp.ts'
import { checkRevocation } from '../../../shared/verify/revocation.ts'
import type { Certificate } from '../../../shared/x509/certificate.ts'
import { AT, buildChain, issueCa } from '../../support/certificates.ts'
import { createRevocationCases } from '../../support/ocsp-crl-cases.ts'
import type { RevocationCase } from '../../support/ocsp-crl-pki.ts'
import { dependenciesOf, type ServerTable } from '../../support/ocsp-servers.ts'
import { makeContent, makeContext, makeTimestampAuthority } from './signed-content.ts'

/** The addresses that a certificate of an attacker would name: of a cloud's metadata, and of the verifier itself. */
const NEAR = ['http://169.254.169.254/latest/meta-data', 'http://127.0.0.1:8080/', 'http://[::1]/']
const LOGGING = { level: 'audit' }
const ENFORCING = { level: 'strict', override: { authenticity: 'log', revocation: 'enforce' } }

const naming = buildChain({ intermediate: { crlUrls: ['http://crl.test/a.crl'] } }).chain
const [, , root] = naming as [Certificate, Certificate, Certificate]
const anchored = { 'ca:a': [root] }
const cases = createRevocationCases()

/** A checker over servers, and what they were asked. */
function checkerOver(table: ServerTable) {
  const dependencies = dependenciesOf(table)
  return { revocation: createRevocationChecker(dependencies), seen: dependencies.seen }
}

function caseOf(
  status: RevocationCase['status'],
  filter = (_: RevocationCase): boolean => true,
): RevocationCase {
  const found = cases.find(
    (candidate) =>
      candidate.status === status &&
      candidate.purpose === undefined &&
      candidate.signingTime === undefined &&
      Object.keys(candidate.answers).length > 0 &&
      filter(candidate),
  )
  if (found === undefined) throw new RangeError(`no case is ${status}`)
  return found
}

describe('checkRevocation()', () => {
  test('passes a chain that names no server, as the reference does', async () => {
    expect(await checkRevocation(makeContent(), makeContext())).toBeUndefined()
  })

  test('does not look at the root', async () => {
    const { chain } = buildChain({ root: { ocspUrls: ['http://ocsp.test'] } })
    expect(await checkRevocation(makeContent({ chain }), makeContext())).toBeUndefined()
  })

  test('cannot check a trusted chain that names a server where none are asked', async () => {
    const context = makeContext({ trustStores: anchored })
    expect(await checkRevocation(makeContent({ chain: naming }), context)).toEqual({
      result: 'notChecked',
      code: 'check-unsupported',
      message: expect.stringMatching(
        /^Cannot check revocation of certificate "CN=Test Issuing CA 1.*": it names OCSP or CRL servers, and none are asked here; let the trust policy statement override revocation with "log" or "skip"$/,
      ),
    })
  })

  test.each([
    ['ok', undefined, /^$/],
    ['revoked', 'certificate-revoked', /^signing certificate with subject "CN=.*" is revoked$/],
    [
      'unknown',
      'revocation-unknown',
      /^signing certificate with subject "CN=.*" revocation status is unknown$/,
    ],
  ] as const)('finds that a trusted chain is %s', async (status, code, message) => {
    const { chain: issued, answers } = caseOf(status)
    const chain = issued.map(({ certificate }) => certificate)
    const { revocation } = checkerOver(answers)
    const trusted = makeContext({ trustStores: { 'ca:a': chain.slice(-1) } })
    const finding = await checkRevocation(makeContent({ chain }), { ...trusted, revocation })
    expect(finding?.code).toBe(code)
    expect(finding?.message ?? '').toMatch(message)
    expect(finding?.result).toBe(code === undefined ? undefined : 'failed')
  })

  test('tells what each server answered', async () => {
    const { revocation } = checkerOver({})
    const context = { ...makeContext({ trustStores: anchored }), revocation }
    const finding = await checkRevocation(makeContent({ chain: naming }), context)
    expect(finding?.details).toContainEqual(
      expect.stringMatching(
        /revocation method CRL at URL "http:\/\/crl\.test\/a\.crl": .*connection refused/,
      ),
    )
  })

  test('gives the signing time to the check under notary.x509.signingAuthority alone', async () => {
    const given: unknown[] = []
    const revocation = {
      check: async ({ signingTime }: { readonly signingTime?: Date }) => {
        given.push(signingTime)
        return { status: 'ok', certificates: [] } as const
      },
    }
    for (const [signingScheme, type] of [
      ['notary.x509', 'ca'],
      ['notary.x509.signingAuthority', 'signingAuthority'],
    ] as const) {
      const attributes = { signingScheme, authenticSigningTime: AT }
      const context = makeContext({ trustStores: { [`${type}:a`]: [root] } })
      await checkRevocation(makeContent({ chain: naming, attributes }), { ...context, revocation })
    }
    expect(given).toEqual([undefined, AT])
  })
})

describe('checkRevocation() of a chain that no trust store vouches for', () => {
  const trustStores = { 'ca:a': [issueCa().certificate] }

  test.each([
    [LOGGING, 'notChecked'],
    [ENFORCING, 'failed'],
  ])('is, under %j, %s, and asks nobody', async (signatureVerification, result) => {
    for (const url of ['http://crl.test/a.crl', ...NEAR]) {
      const { chain } = buildChain({ leaf: { crlUrls: [url], ocspUrls: [url] } })
      const { revocation, seen } = checkerOver({})
      const context = { ...makeContext({ signatureVerification, trustStores }), revocation }
      expect(await checkRevocation(makeContent({ chain }), context)).toMatchObject({
        result,
        code: 'chain-untrusted',
      })
      expect(seen).toEqual([])
    }
  })

  test.each(NEAR)('asks nobody at %s for a chain that is trusted either', async (url) => {
    const { chain } = buildChain({ leaf: { crlUrls: [url], ocspUrls: [url] } })
    const { revocation, seen } = checkerOver({})
    const trusted = makeContext({ signatureVerification: LOGGING, trustStores: { 'ca:a': chain } })
    expect(await checkRevocation(makeContent({ chain }), { ...trusted, revocation })).toMatchObject(
      {
        result: 'failed',
        code: 'revocation-unknown',
        details: expect.arrayContaining([
          expect.stringContaining('revocationHosts does not list it'),
        ]),
      },
    )
    expect(seen).toEqual([])
  })
})

describe('checkAuthenticTimestamp() of an authority that names servers', () => {
  const url = 'http://tsa-crl.example.com/a.crl'
  const authority = makeTimestampAuthority({ leaf: { crlUrls: [url] } })
  const [, , signingRoot] = makeContent().chain as [Certificate, Certificate, Certificate]
  const context = makeContext({
    trustStores: { 'ca:a': [signingRoot], 'tsa:a': [authority.root] },
  })

  test.each([
    ['ok', undefined],
    ['revoked', 'certificate-revoked'],
    ['unknown', 'revocation-unknown'],
  ] as const)('has its chain checked: %s', async (status, code) => {
    const asked: unknown[] = []
    const revocation = {
      check: async (subject: { readonly purpose: string; readonly signingTime?: Date }) => {
        asked.push([subject.purpose, subject.signingTime])
        return { status, message: 'what was found', certificates: [] } as const
      },
    }
    const content = makeContent({ timestampToken: authority.token(AT) })
    const finding = await checkAuthenticTimestamp(content, { ...context, revocation })
    expect(finding?.code).toBe(code)
    expect(asked).toEqual([['timestamping', undefined]])
  })

  test('asks nobody about a timestamp that does not help', async () => {
    const { revocation, seen } = checkerOver({})
    const outside = authority.token(new Date('2010-01-01T00:00:00Z'))
    for (const timestampToken of [outside, new Uint8Array(3)])
      expect(
        await checkAuthenticTimestamp(makeContent({ timestampToken }), { ...context, revocation }),
      ).toMatchObject({ result: 'failed' })
    expect(seen).toEqual([])
  })
})
