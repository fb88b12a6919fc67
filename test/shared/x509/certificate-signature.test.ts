import { describe, expect, test } from 'vitest'
import type { Certificate } from '../../../shared/x509/certificate.ts'
import {
  checkCertificateSignature,
  checkSignature,
} from '../../../shared/x509/certificate-signature.ts'
import { flipBit, issueCa, issueLeaf } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const root = issueCa()
const { certificate: leaf } = issueLeaf({}, root)
const UNIMPLEMENTED = 'x509: cannot verify signature: algorithm unimplemented'

function check(certificate: Certificate, issuer: Certificate) {
  return checkCertificateSignature(certificate, issuer, nodeCrypto)
}

// chains.json holds the texts that Go gives; here stands what a chain does not show.
describe('certificate-signature', () => {
  test('checkCertificateSignature() answers nothing for a signature that verifies, whatever the names', async () => {
    const renamed = issueCa({ subject: [['CN', 'Other']], key: root.key }).certificate
    expect(await check(leaf, root.certificate)).toBeUndefined()
    expect(await check(leaf, renamed)).toBeUndefined()
  })

  test('checkCertificateSignature() says when the algorithm is none that is known', async () => {
    const unknown = { ...leaf, signatureAlgorithm: undefined }
    expect(await check(unknown, root.certificate)).toBe(UNIMPLEMENTED)
  })

  test('checkCertificateSignature() says when the key is of no known kind', async () => {
    const issuer = { ...root.certificate, publicKey: { kind: 'unknown', oid: '1.2.3' } } as const
    expect(await check(leaf, issuer)).toBe(UNIMPLEMENTED)
  })

  test('checkCertificateSignature() says when the curve is none of the three', async () => {
    const issuer = issueCa({ key: 'secp256k1' })
    expect(await check(issueLeaf({}, issuer).certificate, issuer.certificate)).toBe(UNIMPLEMENTED)
  })

  test('checkSignature() takes an ECDSA signature that is not DER for one that does not verify', async () => {
    const part = {
      algorithm: { name: 'ECDSA', hash: 'SHA-256' },
      message: leaf.tbs,
      signature: flipBit(leaf.signature, 0),
    } as const
    expect(await checkSignature(part, root.certificate, nodeCrypto)).toBe(
      'x509: ECDSA verification failure',
    )
  })
})
