import { describe, expect, test } from 'vitest'
import { isNotationError } from '../../../shared/errors.ts'
import { keySpecOfCertificate } from '../../../shared/x509/key-spec.ts'
import { issueLeaf } from '../../support/certificates.ts'
import type { KeyName } from '../../support/keys.ts'

function refusalOf(key: KeyName): string {
  try {
    keySpecOfCertificate(issueLeaf({ key }).certificate)
  } catch (error) {
    if (isNotationError(error, 'key-unsupported')) return error.message
    throw error
  }
  throw new Error('Nothing was refused')
}

describe('key-spec', () => {
  test.each([
    ['rsa-2048', 'RSA-2048'],
    ['rsa-3072', 'RSA-3072'],
    ['rsa-4096', 'RSA-4096'],
    ['P-256', 'EC-256'],
    ['P-384', 'EC-384'],
    ['P-521', 'EC-521'],
  ] as const)('keySpecOfCertificate() knows %s', (key, keySpec) => {
    expect(keySpecOfCertificate(issueLeaf({ key }).certificate).keySpec).toBe(keySpec)
  })

  test.each([
    ['rsa-1024', 'rsa key size 1024 bits is not supported'],
    ['rsa-2047', 'rsa key size 2047 bits is not supported'],
    ['P-224', 'ecdsa key size 224 bits is not supported'],
    ['secp256k1', 'unsupported public key type'],
    ['Ed25519', 'unsupported public key type'],
  ] as const)('keySpecOfCertificate() refuses %s', (key, message) => {
    expect(refusalOf(key)).toBe(message)
  })
})
