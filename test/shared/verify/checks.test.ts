import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkAuthenticTimestamp } from '../../../shared/verify/authentic-timestamp.ts'
import { checkAuthenticity } from '../../../shared/verify/authenticity.ts'
import { checkExpiry } from '../../../shared/verify/expiry.ts'
import type { Certificate } from '../../../shared/x509/certificate.ts'
import { AT, buildChain, issueCa } from '../../support/certificates.ts'
import { makeContent, makeContext, makeTimestampAuthority } from './signed-content.ts'

const HOUR_MS = 60 * 60 * 1000
const hoursAfter = (hours: number, from = AT) => new Date(from.getTime() + hours * HOUR_MS)

describe('checkAuthenticity()', () => {
  const content = makeContent()
  const [leaf, intermediate, root] = content.chain as [Certificate, Certificate, Certificate]
  const foreign = issueCa().certificate

  test.each([
    ['root', root],
    ['intermediate', intermediate],
    ['leaf', leaf],
  ])('trusts a chain whose %s stands in any store of the statement', (_, certificate) => {
    const context = makeContext({ trustStores: { 'ca:a': [foreign], 'ca:b': [certificate] } })
    expect(checkAuthenticity(content, context)).toBeUndefined()
  })

  test('refuses a chain of which no store has a certificate', () => {
    expect(checkAuthenticity(content, makeContext({ trustStores: { 'ca:a': [foreign] } }))).toEqual(
      {
        result: 'failed',
        code: 'chain-untrusted',
        message: "the signature's certificate chain does not contain any trusted certificate",
      },
    )
  })

  test('refuses a root that has the same name and another key', () => {
    const [, , twin] = buildChain().chain as [Certificate, Certificate, Certificate]
    expect(twin.subject.raw).toEqual(root.subject.raw)
    expect(
      checkAuthenticity(content, makeContext({ trustStores: { 'ca:a': [twin] } })),
    ).toMatchObject({ code: 'chain-untrusted' })
  })

  test.each([
    ['notary.x509', 'signingAuthority:a'],
    ['notary.x509.signingAuthority', 'ca:a'],
    ['notary.x509', 'tsa:a'],
  ] as const)('does not let scheme %s be vouched for by store %s', (signingScheme, store) => {
    const signed = makeContent({ ...content, attributes: { ...content.attributes, signingScheme } })
    expect(checkAuthenticity(signed, makeContext({ trustStores: { [store]: [root] } }))).toEqual({
      result: 'failed',
      code: 'chain-untrusted',
      message: 'no trusted certificates are found to verify authenticity',
    })
  })

  test('names a store that is not in the bundle', () => {
    expect(checkAuthenticity(content, makeContext())).toEqual({
      result: 'failed',
      code: 'trust-store-missing',
      message: 'the trust store "absent" of type "ca" does not exist',
    })
  })

  test('refuses a trusted chain whose leaf is no trusted identity, and tells its subject', () => {
    const context = makeContext({
      trustStores: { 'ca:a': [root] },
      trustedIdentities: ['x509.subject:C=DE,ST=BY,O=Other'],
    })
    expect(checkAuthenticity(content, context)).toMatchObject({
      code: 'identity-mismatch',
      message: expect.stringMatching(/; the subject looked for is "CN=.*C=US"$/),
    })
  })
})

describe('checkExpiry()', () => {
  test.each([
    [undefined, true],
    [hoursAfter(1), true],
    [new Date(AT.getTime() + 1), true],
    [AT, false],
    [hoursAfter(-1), false],
  ])('of %s is as the reference says', (expiry, passes) => {
    const content = makeContent(expiry === undefined ? {} : { attributes: { expiry } })
    const finding = checkExpiry(content, makeContext())
    expect(finding === undefined).toBe(passes)
  })

  test('tells when it was', () => {
    const content = makeContent({ attributes: { expiry: AT } })
    expect(checkExpiry(content, makeContext())).toEqual({
      result: 'failed',
      code: 'signature-expired',
      message: 'digital signature has expired on "Wed, 02 Jan 2030 03:04:05 +0000"',
    })
  })
})

describe('checkAuthenticTimestamp() without a tsa store', () => {
  const notBefore = hoursAfter(-1)
  const notAfter = hoursAfter(1)
  const content = makeContent({
    chain: buildChain({ intermediate: { notBefore, notAfter } }).chain,
  })

  test.each([notBefore, AT, notAfter])('passes a chain that is valid at %s', (now) => {
    expect(checkAuthenticTimestamp(content, makeContext({ now }))).toBeUndefined()
  })

  test.each([
    [
      new Date(notBefore.getTime() - 1),
      'before',
      'it will be valid from "Wed, 02 Jan 2030 02:04:05 +0000"',
    ],
    [
      new Date(notAfter.getTime() + 1),
      'after',
      'it was expired at "Wed, 02 Jan 2030 04:04:05 +0000"',
    ],
  ])('refuses a chain of which an intermediate is not valid at %s', (now, word, end) => {
    expect(checkAuthenticTimestamp(content, makeContext({ now }))).toEqual({
      result: 'failed',
      code: 'certificate-not-valid',
      message: expect.stringMatching(
        new RegExp(
          `^verification time is ${word} certificate "CN=Test Issuing CA 1.*" validity period, ${end.replace('+', '\\+')}$`,
        ),
      ),
    })
  })

  test('takes the time of a signing authority instead of now', () => {
    const signedAt = (authenticSigningTime: Date) =>
      makeContent({
        chain: content.chain,
        attributes: { signingScheme: 'notary.x509.signingAuthority', authenticSigningTime },
      })
    const context = makeContext({ now: hoursAfter(1000) })
    expect(checkAuthenticTimestamp(signedAt(notAfter), context)).toBeUndefined()
    expect(checkAuthenticTimestamp(signedAt(notBefore), context)).toBeUndefined()
    expect(checkAuthenticTimestamp(signedAt(hoursAfter(2)), context)).toMatchObject({
      code: 'time-outside-validity',
      message: expect.stringMatching(
        /^certificate "CN=Test Issuing CA 1.*" was not valid when the digital signature was produced at "Wed, 02 Jan 2030 05:04:05 \+0000"$/,
      ),
    })
  })
})

describe('checkAuthenticTimestamp() with a tsa store', () => {
  const authority = makeTimestampAuthority()
  const other = makeTimestampAuthority()
  const notBefore = hoursAfter(-24)
  const notAfter = hoursAfter(-12)
  const expired = buildChain({ leaf: { notBefore, notAfter } }).chain

  const contextOf = (verifyTimestamp?: string, root = authority.root) =>
    makeContext({
      signatureVerification:
        verifyTimestamp === undefined ? { level: 'strict' } : { level: 'strict', verifyTimestamp },
      trustStores: { 'ca:a': [], 'tsa:clock': [root] },
    })

  test('refuses a signature without timestamp', async () => {
    expect(await checkAuthenticTimestamp(makeContent(), contextOf())).toEqual({
      result: 'failed',
      code: 'timestamp-missing',
      message: 'no timestamp countersignature was found in the signature envelope',
    })
  })

  test('asks for one after expiry only, where the statement says so', async () => {
    const context = contextOf('afterCertExpiry')
    expect(await checkAuthenticTimestamp(makeContent(), context)).toBeUndefined()
    expect(await checkAuthenticTimestamp(makeContent({ chain: expired }), context)).toMatchObject({
      code: 'timestamp-missing',
    })
  })

  test('passes an expired chain that was valid at the time of the timestamp', async () => {
    const timestampToken = authority.token(hoursAfter(-18))
    const content = makeContent({ chain: expired, timestampToken })
    expect(await checkAuthenticTimestamp(content, contextOf())).toBeUndefined()
    expect(await checkAuthenticTimestamp(content, contextOf('afterCertExpiry'))).toBeUndefined()
  })

  // Tokens are accurate to a second.
  test.each([
    [new Date(notBefore.getTime() + 1000), undefined],
    [
      notBefore,
      /^timestamp can be before certificate ".*" validity period, it will be valid from "Tue, 01 Jan 2030 03:04:05 \+0000"$/,
    ],
    [new Date(notAfter.getTime() - 1000), undefined],
    [
      notAfter,
      /^timestamp can be after certificate ".*" validity period, it was expired at "Tue, 01 Jan 2030 15:04:05 \+0000"$/,
    ],
  ])('compares the bounds of a timestamp at %s with each validity', async (genTime, message) => {
    const timestampToken = authority.token(genTime)
    const content = makeContent({ chain: expired, timestampToken })
    const finding = await checkAuthenticTimestamp(content, contextOf())
    if (message === undefined) return expect(finding).toBeUndefined()
    expect(finding).toMatchObject({ code: 'time-outside-validity' })
    expect(finding?.message).toMatch(message)
  })

  test('refuses a token over another signature', async () => {
    const timestampToken = authority.token(AT, new Uint8Array(64))
    const content = makeContent({ timestampToken })
    expect(await checkAuthenticTimestamp(content, contextOf())).toMatchObject({
      result: 'failed',
      code: 'timestamp-invalid',
      message: expect.stringMatching(
        /^failed to verify the timestamp countersignature with error: .*mismatched message$/,
      ),
    })
  })

  test('refuses a token of an authority that no tsa store vouches for', async () => {
    const content = makeContent({ timestampToken: other.token(AT) })
    expect(await checkAuthenticTimestamp(content, contextOf())).toMatchObject({
      code: 'timestamp-invalid',
    })
    expect(await checkAuthenticTimestamp(content, contextOf(undefined, other.root))).toBeUndefined()
  })

  test('refuses bytes that are no token', async () => {
    const content = makeContent({ timestampToken: Uint8Array.of(0x30, 0x00) })
    expect(await checkAuthenticTimestamp(content, contextOf())).toMatchObject({
      code: 'timestamp-invalid',
    })
  })

  test('answers for any bytes, and for any changed byte of a token', async () => {
    const whole = authority.token(AT)
    const changed = fc
      .tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }))
      .map(([at, change]) => whole.map((byte, index) => (index === at ? byte ^ change : byte)))
    const finding = (timestampToken: Uint8Array) =>
      checkAuthenticTimestamp(makeContent({ chain: expired, timestampToken }), contextOf())
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), changed), async (token) => {
        expect(['timestamp-invalid', 'time-outside-validity']).toContain(
          (await finding(token))?.code,
        )
      }),
      { numRuns: 300 },
    )
  })

  test('names a tsa store that is not in the bundle', async () => {
    const { statement, ...context } = contextOf()
    const bundle = { ...context.bundle, trustStores: new Map() }
    const content = makeContent({ timestampToken: authority.token(AT) })
    expect(await checkAuthenticTimestamp(content, { ...context, statement, bundle })).toEqual({
      result: 'failed',
      code: 'trust-store-missing',
      message:
        'failed to load tsa trust store with error: the trust store "clock" of type "tsa" does not exist',
    })
  })

  test.each([{ ocspUrls: ['http://ocsp.test'] }, { crlUrls: ['http://crl.test/a.crl'] }])(
    'cannot check an authority whose certificate names a server: %j',
    async (leaf) => {
      const named = makeTimestampAuthority({ leaf })
      const content = makeContent({ timestampToken: named.token(AT) })
      expect(await checkAuthenticTimestamp(content, contextOf(undefined, named.root))).toEqual({
        result: 'notChecked',
        code: 'check-unsupported',
        message: expect.stringMatching(
          /^Cannot check revocation of timestamping certificate ".*": it names OCSP or CRL servers/,
        ),
      })
    },
  )
})
