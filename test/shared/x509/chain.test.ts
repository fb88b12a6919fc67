import { describe, expect, test } from 'vitest'
import { isNotationError } from '../../../shared/errors.ts'
import { MAX_CHAIN_CERTIFICATES, MAX_POOL_CERTIFICATES } from '../../../shared/limits.ts'
import type { Certificate } from '../../../shared/x509/certificate.ts'
import { isIssuedBy, isSelfSigned, orderChain } from '../../../shared/x509/chain.ts'
import { formatName } from '../../../shared/x509/name.ts'
import {
  AT,
  buildChain,
  type CertificateOptions,
  type IssuedCertificate,
  issueCa,
  issueLeaf,
} from '../../support/certificates.ts'
import { makeKey } from '../../support/keys.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

/** A CA of this common name. */
function ca(
  name: string,
  options: CertificateOptions = {},
  issuer?: IssuedCertificate,
): IssuedCertificate {
  return issueCa({ subject: [['CN', name]], ...options }, issuer)
}

function order(leaf: IssuedCertificate, ...candidates: readonly IssuedCertificate[]) {
  return orderChain(
    leaf.certificate,
    candidates.map(({ certificate }) => certificate),
    nodeCrypto,
  )
}

function certificatesOf(...issued: readonly IssuedCertificate[]): readonly Certificate[] {
  return issued.map(({ certificate }) => certificate)
}

/** Every order of the values. */
function permutations<T>(values: readonly T[]): readonly (readonly T[])[] {
  if (values.length <= 1) return [values]
  return values.flatMap((value, i) =>
    permutations(values.toSpliced(i, 1)).map((rest) => [value, ...rest]),
  )
}

describe('chain', () => {
  test('orderChain() orders candidates given in any order', async () => {
    const { chain } = buildChain({ length: 4 })
    const [leaf, ...rest] = chain
    for (const shuffled of permutations(rest))
      expect(await orderChain(leaf as Certificate, shuffled, nodeCrypto)).toEqual(chain)
  })

  test('orderChain() takes the leaf, duplicates and foreign certificates among the candidates', async () => {
    const { issued, chain } = buildChain()
    const foreign = buildChain().issued
    const [leaf, intermediate, root] = issued as [
      IssuedCertificate,
      IssuedCertificate,
      IssuedCertificate,
    ]
    const ordered = await order(
      leaf,
      root,
      ...foreign,
      leaf,
      root,
      intermediate,
      intermediate,
      leaf,
    )
    expect(ordered).toEqual(chain)
  })

  test('orderChain() ends where no issuer is found', async () => {
    const { issued, chain } = buildChain({ length: 4 })
    const [leaf, first, second, root] = issued as readonly IssuedCertificate[] as [
      IssuedCertificate,
      IssuedCertificate,
      IssuedCertificate,
      IssuedCertificate,
    ]
    expect(await order(leaf, second, first)).toEqual(chain.slice(0, 3))
    expect(await order(leaf, root, second)).toEqual([leaf.certificate])
    expect(await order(leaf)).toEqual([leaf.certificate])
  })

  test('orderChain() answers a self-signed leaf alone', async () => {
    const leaf = issueLeaf()
    expect(await order(leaf, ca('Other'))).toEqual([leaf.certificate])
  })

  test('orderChain() prefers the self-signed root to the cross-signed one', async () => {
    const oldRoot = ca('Old Root')
    const root = ca('Root')
    const cross = ca('Root', { key: root.key }, oldRoot)
    const intermediate = ca('Intermediate', {}, root)
    const leaf = issueLeaf({}, intermediate)
    for (const candidates of permutations([oldRoot, root, cross, intermediate]))
      expect(await order(leaf, ...candidates)).toEqual(certificatesOf(leaf, intermediate, root))
  })

  test('orderChain() takes the cross-signed root when only its way ends in a self-signed one', async () => {
    const oldRoot = ca('Old Root')
    const root = ca('Root')
    const cross = ca('Root', { key: root.key }, oldRoot)
    const leaf = issueLeaf({}, root)
    expect(await order(leaf, oldRoot, cross)).toEqual(certificatesOf(leaf, cross, oldRoot))
    expect(await order(leaf, cross)).toEqual(certificatesOf(leaf, cross))
  })

  test('orderChain() tells issuers of the same name apart by their keys', async () => {
    const root = ca('Same')
    const impostor = ca('Same')
    const leaf = issueLeaf({ subject: [['CN', 'Same']] }, root)
    for (const candidates of permutations([root, impostor]))
      expect(await order(leaf, ...candidates)).toEqual(certificatesOf(leaf, root))
  })

  test('orderChain() takes the issuer that lives longest among those of one key', async () => {
    const key = makeKey('P-256')
    const old = ca('Root', { key, notAfter: AT })
    const renewed = ca('Root', { key })
    const leaf = issueLeaf({}, old)
    for (const candidates of permutations([old, renewed]))
      expect(await order(leaf, ...candidates)).toEqual(certificatesOf(leaf, renewed))
  })

  test('orderChain() comes out of a loop', async () => {
    const aKey = makeKey('P-256')
    const bKey = makeKey('P-256')
    const selfSignedA = ca('A', { key: aKey })
    const selfSignedB = ca('B', { key: bKey })
    const a = ca('A', { key: aKey }, selfSignedB)
    const b = ca('B', { key: bKey }, selfSignedA)
    const leaf = issueLeaf({}, selfSignedA)
    expect(await order(leaf, b, a)).toEqual(certificatesOf(leaf, a, b))
    expect(await order(leaf, b, a, selfSignedB)).toEqual(certificatesOf(leaf, a, selfSignedB))
  })

  test('orderChain() keeps an issuer whose signature algorithm is refused, for the rules to name', async () => {
    const root = ca('Root', { key: 'rsa-2048-ca', signature: 'SHA-1' })
    const intermediate = ca('Intermediate', { signature: 'SHA-1' }, root)
    const leaf = issueLeaf({}, intermediate)
    expect(await order(leaf, root, intermediate)).toEqual(certificatesOf(leaf, intermediate, root))
  })

  test('orderChain() stops at the longest chain that may be', async () => {
    const { chain } = buildChain({ length: MAX_CHAIN_CERTIFICATES + 2 })
    const [leaf, ...rest] = chain
    const ordered = await orderChain(leaf as Certificate, rest, nodeCrypto)
    expect(ordered).toEqual(chain.slice(0, MAX_CHAIN_CERTIFICATES))
  })

  test('orderChain() refuses more candidates than the limit', async () => {
    const leaf = issueLeaf()
    const candidates = Array.from({ length: MAX_POOL_CERTIFICATES + 1 }, () => leaf)
    const refusal = await order(leaf, ...candidates).catch((error: unknown) => error)
    expect(isNotationError(refusal, 'chain-invalid')).toBe(true)
    expect((refusal as Error).message).toBe(
      'Cannot order certificate chain: found 33 certificates, wanted at most 32',
    )
  })

  test('isIssuedBy() needs the name and the key', async () => {
    const root = ca('Root')
    const { certificate } = issueLeaf({}, root)
    const otherKey = ca('Root').certificate
    const otherName = ca('Other', { key: root.key }).certificate
    expect(await isIssuedBy(certificate, root.certificate, nodeCrypto)).toBe(true)
    expect(await isIssuedBy(certificate, otherKey, nodeCrypto)).toBe(false)
    expect(await isIssuedBy(certificate, otherName, nodeCrypto)).toBe(false)
  })

  test('isSelfSigned() is not deceived by a name', async () => {
    const root = ca('Same')
    const leaf = issueLeaf({ subject: [['CN', 'Same']] }, root)
    expect(formatName(leaf.certificate.issuer)).toBe(formatName(leaf.certificate.subject))
    expect(await isSelfSigned(leaf.certificate, nodeCrypto)).toBe(false)
    expect(await isSelfSigned(root.certificate, nodeCrypto)).toBe(true)
  })
})
