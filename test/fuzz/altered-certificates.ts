// Chains of which one certificate is not as it should be, signed by its CA all the same.

import type { KeyObject } from 'node:crypto'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { DER_TAG, primitiveTag } from '../../shared/der.ts'
import {
  encodeBitString,
  encodeObjectIdentifier,
  encodeSequence,
  encodeTagged,
} from '../../shared/der-encode.ts'
import { KEY_USAGES, PURPOSE } from '../../shared/x509/extensions.ts'
import { VALID } from '../corpus/definition.ts'
import {
  type CertificateOptions,
  encodeExtension,
  encodeName,
  encodeTbs,
} from '../support/certificate-encoding.ts'
import type { BuiltChain } from '../support/certificates.ts'
import { makeKey, signatureOf } from '../support/keys.ts'
import { mutateDer } from './mutate-der.ts'
import type { Random } from './random.ts'

type Vary = (random: Random) => CertificateOptions

const CODE_SIGNING_LEAF: CertificateOptions = {
  ...VALID,
  subject: [
    ['C', 'US'],
    ['ST', 'UT'],
    ['O', 'Acme, Inc.'],
    ['CN', 'Fuzzed'],
  ],
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: [PURPOSE.codeSigning],
}
const TIMESTAMPING_LEAF: CertificateOptions = {
  ...CODE_SIGNING_LEAF,
  extendedKeyUsage: [PURPOSE.timeStamping],
  extendedKeyUsageCritical: true,
}
const INTERMEDIATE: CertificateOptions = {
  ...VALID,
  subject: [['CN', 'Fuzzed CA']],
  basicConstraints: { ca: true, pathLength: 0 },
  keyUsage: ['keyCertSign', 'cRLSign'],
}
const KEYS = (['P-256', 'P-384', 'P-521', 'rsa-2048'] as const).map(makeKey)
const TIMES = [
  '1949-12-31T23:59:59Z',
  '2020-01-01T00:00:00Z',
  '2025-01-01T00:00:00Z',
  '2049-12-31T23:59:59Z',
  '2050-01-01T00:00:00Z',
  '2099-01-01T00:00:00Z',
].map((text) => new Date(text))
const STRING_TAGS = [DER_TAG.utf8String, 0x13, 0x14, 0x16, 0x1e, 0x12]
const SIGNATURES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const
const PURPOSES = [...Object.values(PURPOSE), '2.5.29.37.0', '1.3.6.1.5.5.7.3.1', '1.2.3.4']
/** Extensions that mean something to a reader, empty ones, and one that nobody knows. */
const EXTENSIONS: readonly (readonly [oid: string, value: Uint8Array])[] = [
  ['1.2.3.4.5', encodeSequence()],
  ['2.5.29.15', encodeBitString(Uint8Array.of(0x80))],
  ['2.5.29.19', encodeSequence()],
  ['2.5.29.37', encodeSequence(encodeObjectIdentifier(PURPOSE.codeSigning))],
  ['2.5.29.30', encodeSequence(encodeTagged(0xa0, encodeSequence(dnsName('example.org'))))],
  ['2.5.29.17', encodeSequence(dnsName('example.org'))],
  ['2.5.29.17', encodeSequence(dnsName('\u0000'))],
  ['2.5.29.36', encodeSequence()],
  ['2.5.29.54', encodeSequence()],
  ['2.5.29.32', encodeSequence(encodeSequence(encodeObjectIdentifier('2.5.29.32.0')))],
  ['2.5.29.35', encodeSequence()],
  ['1.3.6.1.5.5.7.1.1', encodeSequence()],
  ['2.5.29.31', encodeSequence()],
]

const VARIATIONS: readonly Vary[] = [
  (random) => ({ version: random.pick([1, 2, 3] as const) }),
  (random) => ({ serialNumber: random.bytes(random.pick([0, 1, 8, 19, 20, 21, 64])) }),
  (random) => ({
    basicConstraints: random.oneIn(4)
      ? null
      : {
          ca: random.oneIn(2),
          critical: random.oneIn(2),
          ...(random.oneIn(2) ? { pathLength: random.below(4) } : {}),
        },
  }),
  (random) => ({
    keyUsage: random.oneIn(4) ? null : KEY_USAGES.filter(() => random.oneIn(3)),
    keyUsageCritical: !random.oneIn(4),
  }),
  (random) => ({
    extendedKeyUsage: random.oneIn(4) ? null : PURPOSES.filter(() => random.oneIn(4)),
    extendedKeyUsageCritical: random.oneIn(2),
  }),
  (random) => ({ notBefore: random.pick(TIMES), notAfter: random.pick(TIMES) }),
  (random) => ({ subject: names(random) }),
  (random) => ({ issuerName: names(random) }),
  (random) => ({
    extraExtensions: [0, 1].map(() => {
      const [oid, value] = random.pick(EXTENSIONS)
      return encodeExtension(oid, random.oneIn(8) ? random.bytes(4) : value, random.oneIn(3))
    }),
  }),
  (random) => ({ key: random.pick(KEYS) }),
  (random) => ({ signature: random.pick(SIGNATURES) }),
  () => ({ outerAlgorithm: encodeSequence(encodeObjectIdentifier('1.2.840.10045.4.3.3')) }),
]

/** A chain of three below a root, of which the leaf or the CA is altered, seldom both. Nothing is read of it again. */
export function alteredChain(
  random: Random,
  root: BuiltChain['issued'][number],
  purpose: 'codeSigning' | 'timestamping' = 'codeSigning',
): BuiltChain {
  const isCaAltered = random.oneIn(3)
  const ca = issue(random, INTERMEDIATE, isCaAltered, {
    name: root.certificate.subject.raw,
    key: root.key,
  })
  const base = purpose === 'codeSigning' ? CODE_SIGNING_LEAF : TIMESTAMPING_LEAF
  const leaf = issue(random, base, !isCaAltered || random.oneIn(4), ca)
  const certificates = [leaf.der, ca.der, root.der]
  return { certificates, leafKey: leaf.key, chain: [], issued: [] }
}

interface Issuer {
  readonly name: Uint8Array
  readonly key: KeyObject
}

function issue(random: Random, base: CertificateOptions, isAltered: boolean, issuer: Issuer) {
  const isByMeaning = isAltered && !random.oneIn(3)
  const options = isByMeaning ? vary(random, base) : base
  const key = typeof options.key === 'object' ? options.key : (KEYS[0] ?? makeKey('P-256'))
  // An RSA CA does not sign with the hashes of ECDSA's curves by default.
  const algorithm = signatureOf(issuer.key, options.signature)
  const subject = encodeName(options.subject ?? [])
  const issuerName = options.issuerName === undefined ? issuer.name : encodeName(options.issuerName)
  const made = encodeTbs(options, {
    ...VALID,
    key,
    subject,
    issuerName,
    algorithm: algorithm.identifier,
    serialNumber: 1 + random.below(2 ** 30),
  })
  const tbs = isAltered && !isByMeaning ? mutateDer(random, made) : made
  const der = encodeSequence(
    tbs,
    options.outerAlgorithm ?? algorithm.identifier,
    encodeBitString(algorithm.sign(tbs)),
  )
  return { der, key, name: subject }
}

function vary(random: Random, base: CertificateOptions): CertificateOptions {
  const first = { ...base, ...random.pick(VARIATIONS)(random) }
  return random.oneIn(2) ? first : { ...first, ...random.pick(VARIATIONS)(random) }
}

function names(random: Random): NonNullable<CertificateOptions['subject']> {
  const types = ['C', 'ST', 'O', 'L', 'OU', 'CN', 'SERIALNUMBER', '1.2.3.4', '2.5.4.6']
  const values = ['US', 'UT', 'Acme, Inc.', '', ' x ', 'é', '#00', 'a=b', 'A+B', '\u0000']
  const part = () =>
    [
      random.pick(types),
      random.pick(values),
      random.oneIn(2) ? DER_TAG.utf8String : random.pick(STRING_TAGS),
    ] as const
  return Array.from({ length: random.below(6) }, () =>
    random.oneIn(5) ? [part(), part()] : part(),
  )
}

function dnsName(name: string): Uint8Array {
  return encodeTagged(primitiveTag(2), encodeUtf8(name))
}
