import { describe, expect, test } from 'vitest'
import { checkChainRevocation } from '../../../shared/revocation/check-revocation.ts'
import type { Certificate } from '../../../shared/x509/certificate.ts'
import type { IssuedCertificate } from '../../support/certificates.ts'
import { createRevocationCases } from '../../support/ocsp-crl-cases.ts'
import { dependenciesOf } from '../../support/ocsp-servers.ts'

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
})

function certificatesOf(chain: readonly IssuedCertificate[]): readonly Certificate[] {
  return chain.map(({ certificate }) => certificate)
}
