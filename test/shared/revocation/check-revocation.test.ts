import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeSequence } from '../../../shared/der-encode.ts'
import { MAX_REVOCATION_REQUESTS } from '../../../shared/limits.ts'
import { checkChainRevocation } from '../../../shared/revocation/check-revocation.ts'
import { type Certificate, parseCertificate } from '../../../shared/x509/certificate.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import { type IssuedCertificate, issueCa } from '../../support/certificates.ts'
import { buildCrl } from '../../support/crl-lists.ts'
import { createRevocationCases } from '../../support/ocsp-crl-cases.ts'
import { CRL_URL, createPki, OCSP_URL } from '../../support/ocsp-crl-pki.ts'
import { dependenciesOf, type ServerTable } from '../../support/ocsp-servers.ts'

const PKI = createPki()

describe('check-revocation', () => {
  test.each(createRevocationCases())(
    'checkChainRevocation() finds by $name: $status',
    async ({ chain, purpose = 'codeSigning', signingTime, answers, ...expected }) => {
      const { status, certificates } = await checkChainRevocation(
        { chain: certificatesOf(chain), purpose, ...(signingTime && { signingTime }) },
        dependenciesOf(answers),
      )
      const found = certificates[0]?.servers.map(({ error }) => error) ?? []
      expect(status).toBe(expected.status)
      const errors = expected.errors ?? found.map(() => undefined)
      expect(found).toEqual(
        errors.map((error) => {
          return error !== undefined && expected.isInOtherWords === true
            ? expect.stringContaining(error)
            : error
        }),
      )
    },
  )

  test.each([
    ['codeSigning', 'signing certificate'],
    ['timestamping', 'timestamping certificate'],
  ] as const)(
    'checkChainRevocation() says in its message that it is %s',
    async (purpose, signer) => {
      const chain = certificatesOf(PKI.chainOf({ crlUrls: [CRL_URL] }))
      const [leaf] = chain
      const subject = 'CN=Acme Code Signing,O=Acme\\\\, Inc.,L=Lehi,ST=UT,C=US'
      const listing = leaf && buildCrl({ issuer: PKI.ca, entries: [{ certificate: leaf }] })
      const messageWith = async (table: ServerTable) =>
        (await checkChainRevocation({ chain, purpose }, dependenciesOf(table))).message
      expect([
        await messageWith(listing ? { [CRL_URL]: listing } : {}),
        await messageWith({}),
        await messageWith({ [CRL_URL]: buildCrl({ issuer: PKI.ca }) }),
      ]).toEqual([
        `${signer} with subject "${subject}" is revoked`,
        `${signer} with subject "${subject}" revocation status is unknown`,
        undefined,
      ])
    },
  )

  test('checkChainRevocation() names the revoked one nearest to the leaf, before an unknown one', async () => {
    const cases = createRevocationCases()
    const subjects = await Promise.all(
      ['chain: both revoked', 'chain: CA revoked, leaf unknown', 'chain: both unknown'].map(
        async (wanted) => {
          const found = cases.find(({ name }) => name === wanted)
          if (found === undefined) throw new Error(wanted)
          const { message } = await checkChainRevocation(
            { chain: certificatesOf(found.chain), purpose: 'codeSigning' },
            dependenciesOf(found.answers),
          )
          return message
        },
      ),
    )
    expect(subjects).toEqual([
      expect.stringMatching(/Acme Code Signing.*is revoked$/),
      expect.stringMatching(/"CN=Revocable CA" is revoked$/),
      expect.stringMatching(/Acme Code Signing.*status is unknown$/),
    ])
  })

  test('checkChainRevocation() tells each certificate, how it was checked and where', async () => {
    const chain = certificatesOf(PKI.chainOf({ ocspUrls: [OCSP_URL], crlUrls: [CRL_URL] }))
    const { certificates } = await checkChainRevocation(
      { chain, purpose: 'codeSigning' },
      dependenciesOf({ [CRL_URL]: buildCrl({ issuer: PKI.ca }) }),
    )
    expect(certificates).toEqual([
      {
        subject: expect.stringContaining('Acme Code Signing'),
        status: 'ok',
        method: 'OCSPFallbackCRL',
        servers: [
          {
            protocol: 'OCSP',
            server: OCSP_URL,
            status: 'unknown',
            error: 'error checking revocation status via OCSP: request failed: connection refused',
          },
          { protocol: 'CRL', server: CRL_URL, status: 'ok' },
        ],
      },
      {
        subject: 'CN=Test Issuing CA,O=Test CA,C=US',
        status: 'nonRevokable',
        method: undefined,
        servers: [],
      },
      {
        subject: 'CN=Test Root CA,O=Test CA,C=US',
        status: 'nonRevokable',
        method: undefined,
        servers: [],
      },
    ])
  })

  test('checkChainRevocation() asks about a certificate once in a verification', async () => {
    const chain = certificatesOf(PKI.chainOf({ ocspUrls: [OCSP_URL], crlUrls: [CRL_URL] }))
    const dependencies = dependenciesOf({ [CRL_URL]: buildCrl({ issuer: PKI.ca }) })
    const other = certificatesOf(PKI.chainOf({ crlUrls: [CRL_URL] }))
    for (const subject of [chain, chain.map(({ raw }) => parseCertificate(raw)), other])
      await checkChainRevocation({ chain: subject, purpose: 'codeSigning' }, dependencies)
    expect(dependencies.seen.map(({ url }) => new URL(url).host)).toEqual([
      'ocsp.example.com',
      'crl.example.com',
    ])
  })

  test('checkChainRevocation() does not take the answer for another signing time', async () => {
    const chain = certificatesOf(PKI.chainOf({ crlUrls: [CRL_URL] }))
    const [certificate] = chain
    const invalidityDate = new Date('2025-01-01T00:00:00Z')
    const entries = [{ ...(certificate && { certificate }), invalidityDate }]
    const dependencies = dependenciesOf({ [CRL_URL]: buildCrl({ issuer: PKI.ca, entries }) })
    const found: string[] = []
    for (const year of [2024, 2026]) {
      const signingTime = new Date(Date.UTC(year, 0))
      const subject = { chain, purpose: 'codeSigning', signingTime } as const
      found.push((await checkChainRevocation(subject, dependencies)).status)
    }
    expect([found, dependencies.seen.length]).toEqual([['ok', 'revoked'], 1])
  })

  test('checkChainRevocation() asks about all certificates at once', async () => {
    const ca = issueCa({ subject: [['CN', 'CA']], crlUrls: ['http://b.example.com/'] }, PKI.root)
    const chain = certificatesOf(PKI.chainOf({ crlUrls: ['http://a.example.com/'] }, ca))
    let waiting = 0
    let release = () => {}
    const bothAsk = new Promise<void>((resolve) => {
      release = resolve
    })
    const fetch = async () => {
      if (++waiting === 2) release()
      await bothAsk
      return new Response(null, { status: 404 })
    }
    const { status } = await checkChainRevocation(
      { chain, purpose: 'codeSigning' },
      dependenciesOf({}, { fetch }),
    )
    expect(status).toBe('unknown')
  })

  test('checkChainRevocation() ends its requests at the limit of a verification', async () => {
    const urls = Array.from({ length: 40 }, (_, place) => `http://a.example.com/${place}`)
    const chain = certificatesOf(PKI.chainOf({ ocspUrls: urls }))
    const dependencies = dependenciesOf({})
    const { status, certificates } = await checkChainRevocation(
      { chain, purpose: 'codeSigning' },
      dependencies,
    )
    expect([status, dependencies.seen.length]).toEqual(['unknown', MAX_REVOCATION_REQUESTS])
    expect(certificates[0]?.servers.at(-1)?.error).toBe(
      'error checking revocation status via OCSP: this verification has made too many requests',
    )
  })

  test('checkChainRevocation() tells a server that is too slow', async () => {
    const chain = certificatesOf(PKI.chainOf({ ocspUrls: [OCSP_URL], crlUrls: [CRL_URL] }))
    const fetch = (_: string, { signal }: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const { certificates } = await checkChainRevocation(
      { chain, purpose: 'codeSigning' },
      dependenciesOf({}, { fetch, ocspTimeoutMs: 4, crlTimeoutMs: 4 }),
    )
    expect(certificates[0]?.servers.map(({ error }) => error)).toEqual([
      'exceeded timeout threshold of 0.00 seconds for OCSP check',
      `failed to download CRL from ${CRL_URL}: failed to retrieve CRL: request failed: no whole answer within 4 ms`,
    ])
  })

  test('checkChainRevocation() finds any bytes of servers unknown', async () => {
    const chain = certificatesOf(PKI.chainOf({ ocspUrls: [OCSP_URL], crlUrls: [CRL_URL] }))
    const bytes = fc.uint8Array({ maxLength: 100 })
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (ocsp, crl) => {
        const table = { [OCSP_URL]: ocsp, [CRL_URL]: crl }
        const subject = { chain, purpose: 'codeSigning' } as const
        expect((await checkChainRevocation(subject, dependenciesOf(table))).status).toBe('unknown')
      }),
    )
  })

  test('checkChainRevocation() finds a status whatever the CA signs', async () => {
    const chain = certificatesOf(PKI.chainOf({ crlUrls: [CRL_URL] }))
    const [leaf] = chain
    if (leaf === undefined) throw new Error('no leaf')
    const bytes = fc.uint8Array({ maxLength: 20 })
    const oid = fc.constantFrom(
      '2.5.29.20',
      '2.5.29.21',
      '2.5.29.24',
      '2.5.29.27',
      '2.5.29.28',
      '2.5.29.46',
    )
    const extensions = fc.array(
      fc.tuple(oid, bytes, fc.boolean()).map((parts) => encodeExtension(...parts)),
      { maxLength: 2 },
    )
    await fc.assert(
      fc.asyncProperty(extensions, extensions, bytes, async (whole, single, junk) => {
        const entries = [{ certificate: leaf, extensions: single }]
        const crls = [
          buildCrl({ issuer: PKI.ca, number: null, extensions: whole, entries }),
          buildCrl({ issuer: PKI.ca, entriesDer: encodeSequence(junk) }),
        ]
        for (const crl of crls) {
          const subject = { chain, purpose: 'codeSigning' } as const
          const found = await checkChainRevocation(subject, dependenciesOf({ [CRL_URL]: crl }))
          expect(found.status).toBeOneOf(['ok', 'revoked', 'unknown'])
        }
      }),
    )
  })

  test('checkChainRevocation() refuses a chain of no certificates as a mistake', async () => {
    await expect(
      checkChainRevocation({ chain: [], purpose: 'codeSigning' }, dependenciesOf({})),
    ).rejects.toThrowError(RangeError)
  })
})

function certificatesOf(chain: readonly IssuedCertificate[]): readonly Certificate[] {
  return chain.map(({ certificate }) => certificate)
}
