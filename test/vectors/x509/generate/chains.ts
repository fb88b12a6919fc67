// Writes certificate chains, good ones and ones that break one rule, for chains.go to judge.
// Run (Node 26): node chains.ts | (cd ../../../peers && go run ../vectors/x509/generate/chains.go) > ../chains.json

import { encodeNull } from '../../../../shared/der-encode.ts'
import { PURPOSE } from '../../../../shared/x509/extensions.ts'
import { encodeExtension } from '../../../support/certificate-encoding.ts'
import {
  AT,
  buildChain,
  type ChainOptions,
  flipBit,
  issueCa,
  issueCertificate,
  issueLeaf,
} from '../../../support/certificates.ts'

interface Case {
  readonly name: string
  readonly purpose: 'codeSigning' | 'timestamping'
  readonly at?: string
  /** Base64 DER, leaf first. */
  readonly chain: readonly string[]
}

const cases: Case[] = []

function add(name: string, options: ChainOptions, change?: Change): void {
  const { certificates } = buildChain(options)
  addChain(name, options.purpose ?? 'codeSigning', change === undefined ? certificates : change(certificates))
}

type Change = (chain: readonly Uint8Array[]) => readonly Uint8Array[]

function addChain(
  name: string,
  purpose: Case['purpose'],
  chain: readonly Uint8Array[],
  at?: Date,
): void {
  const encoded = chain.map((der) => Buffer.from(der).toString('base64'))
  cases.push({ name, purpose, ...(at === undefined ? {} : { at: at.toISOString() }), chain: encoded })
}

for (const key of ['P-256', 'P-384', 'P-521', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const)
  add(`${key} leaf`, { length: 2, leaf: { key } })
for (const signature of ['SHA-256', 'SHA-384', 'SHA-512', 'PSS-SHA-256', 'PSS-SHA-384', 'PSS-SHA-512'] as const)
  add(`RSA root signing with ${signature}`, { length: 2, root: { key: 'rsa-2048-ca' }, leaf: { signature } })
add('RSA root signing itself with PSS', { length: 2, root: { key: 'rsa-2048-ca', signature: 'PSS-SHA-256' } })
for (const key of ['P-384', 'P-521', 'Ed25519'] as const) add(`${key} root`, { length: 2, root: { key } })
add('four certificates', { length: 4 })
add('ten certificates', { length: 10 })
add('self-signed leaf', { length: 1 })
add('self-signed timestamping leaf', { length: 1, purpose: 'timestamping' })
addChain('no certificate', 'codeSigning', [])

for (const purpose of ['codeSigning', 'timestamping'] as const) {
  add(`${purpose}: three certificates`, { purpose })
  add(`${purpose}: key usage absent`, { purpose, length: 2, leaf: { keyUsage: null } })
  add(`${purpose}: key usage not critical`, { purpose, length: 2, leaf: { keyUsageCritical: false } })
  add(`${purpose}: key usage without digitalSignature`, { purpose, length: 2, leaf: { keyUsage: ['nonRepudiation'] } })
  add(`${purpose}: key usage with nonRepudiation`, { purpose, length: 2, leaf: { keyUsage: ['digitalSignature', 'nonRepudiation'] } })
  add(`${purpose}: key usage with all`, {
    purpose,
    length: 2,
    leaf: { keyUsage: ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] },
  })
  add(`${purpose}: leaf is a CA`, { purpose, length: 2, leaf: { basicConstraints: { ca: true } } })
  add(`${purpose}: leaf says it is no CA`, { purpose, length: 2, leaf: { basicConstraints: { ca: false } } })
  for (const [name, oid] of Object.entries(PURPOSE))
    add(`${purpose}: purpose ${name} alone`, { purpose, length: 2, leaf: { extendedKeyUsage: [oid] } })
  add(`${purpose}: two purposes`, { purpose, length: 2, leaf: { extendedKeyUsage: [PURPOSE.codeSigning, PURPOSE.timeStamping] } })
  add(`${purpose}: unknown purpose`, { purpose, length: 2, leaf: { extendedKeyUsage: ['1.2.3.4'] } })
  add(`${purpose}: unknown purpose too`, { purpose, length: 2, leaf: { extendedKeyUsage: [PURPOSE.timeStamping, '1.2.3.4'] } })
  add(`${purpose}: no extended key usage`, { purpose, length: 2, leaf: { extendedKeyUsage: null } })
  add(`${purpose}: extended key usage critical`, { purpose, length: 2, leaf: { extendedKeyUsageCritical: true } })
  add(`${purpose}: extended key usage not critical`, { purpose, length: 2, leaf: { extendedKeyUsageCritical: false } })
  for (const key of ['rsa-1024', 'rsa-2047', 'P-224', 'Ed25519'] as const)
    add(`${purpose}: ${key} leaf`, { purpose, length: 2, leaf: { key } })
  add(`${purpose}: CA without basic constraints`, { purpose, intermediate: { basicConstraints: null } })
  add(`${purpose}: CA that says it is none`, { purpose, intermediate: { basicConstraints: { ca: false } } })
  add(`${purpose}: CA with basic constraints not critical`, { purpose, intermediate: { basicConstraints: { ca: true, critical: false } } })
  add(`${purpose}: root path length too short`, { purpose, length: 4, root: { basicConstraints: { ca: true, pathLength: 1 } } })
  add(`${purpose}: root path length enough`, { purpose, length: 4, root: { basicConstraints: { ca: true, pathLength: 2 } } })
  add(`${purpose}: CA without key usage`, { purpose, intermediate: { keyUsage: null } })
  add(`${purpose}: root without key usage`, { purpose, root: { keyUsage: null } })
  add(`${purpose}: root key usage not critical`, { purpose, root: { keyUsageCritical: false } })
  add(`${purpose}: CA without keyCertSign`, { purpose, intermediate: { keyUsage: ['cRLSign'] } })
  add(`${purpose}: CA with empty key usage`, { purpose, intermediate: { keyUsage: [] } })
  add(`${purpose}: root with empty key usage`, { purpose, root: { keyUsage: [] } })
  add(`${purpose}: root missing`, { purpose }, (chain) => chain.slice(0, -1))
  add(`${purpose}: leaf alone`, { purpose }, (chain) => chain.slice(0, 1))
  add(`${purpose}: reversed`, { purpose }, (chain) => chain.toReversed())
  add(`${purpose}: root twice`, { purpose }, (chain) => [...chain, ...chain.slice(-1)])
  add(`${purpose}: leaf twice`, { purpose }, (chain) => [...chain.slice(0, 1), ...chain])
  add(`${purpose}: intermediate missing`, { purpose, length: 4 }, (chain) => chain.toSpliced(1, 1))
  add(`${purpose}: leaf signature broken`, { purpose, length: 2 }, (chain) => chain.map((der, i) => (i === 0 ? flipBit(der, -1) : der)))
  add(`${purpose}: leaf signature broken under RSA`, { purpose, length: 2, root: { key: 'rsa-2048-ca' } }, (chain) =>
    chain.map((der, i) => (i === 0 ? flipBit(der, -1) : der)),
  )
  add(`${purpose}: root signature broken`, { purpose, length: 2 }, (chain) => chain.map((der, i) => (i === 1 ? flipBit(der, -1) : der)))
  add(`${purpose}: Ed25519 signature broken`, { purpose, length: 2, root: { key: 'Ed25519' } }, (chain) =>
    chain.map((der, i) => (i === 0 ? flipBit(der, -1) : der)),
  )
  add(`${purpose}: self-signed leaf, signature broken`, { purpose, length: 1 }, ([leaf]) => (leaf ? [flipBit(leaf, -1)] : []))
  add(`${purpose}: self-signed leaf that is a CA`, { purpose, length: 1, leaf: { basicConstraints: { ca: true } } })
  add(`${purpose}: self-signed leaf under another name`, { purpose, length: 1, leaf: { issuerName: [['CN', 'Other, "Inc."']] } })
  add(`${purpose}: intermediate named otherwise`, { purpose, leaf: { issuerName: [['CN', 'Someone else']] } })
  add(`${purpose}: root named otherwise`, { purpose, root: { issuerName: [['CN', 'Someone else']] } })
  add(`${purpose}: SHA-1 under an RSA root`, { purpose, length: 2, root: { key: 'rsa-2048-ca', signature: 'SHA-256' }, leaf: { signature: 'SHA-1' } })
  add(`${purpose}: SHA-1 under an EC root`, { purpose, length: 2, leaf: { signature: 'SHA-1' } })
  add(`${purpose}: SHA-1 root`, { purpose, length: 2, root: { key: 'rsa-2048-ca', signature: 'SHA-1' } })
  add(`${purpose}: SHA-1 self-signed leaf`, { purpose, length: 1, leaf: { key: 'rsa-2048', signature: 'SHA-1' } })
  add(`${purpose}: version 1 root`, { purpose, length: 2, root: { version: 1 } })
  add(`${purpose}: unknown critical extension`, { purpose, length: 2, leaf: { extraExtensions: [encodeExtension('1.2.3.4', encodeNull(), true)] } })
  add(`${purpose}: RSA CA of 1024 bits`, { purpose, length: 2, root: { key: 'rsa-1024' } })
  add(`${purpose}: RSA CA of 2047 bits`, { purpose, length: 2, root: { key: 'rsa-2047' } })
  add(`${purpose}: P-224 CA`, { purpose, length: 2, root: { key: 'P-224' } })
}

const odd = { subject: [['CN', 'Größe "\u0007 \u202e'], ['O', 'A'], ['O', 'B']] } as const
add('odd subject', { length: 2, leaf: { ...odd, keyUsage: null } })
add('same subject as the issuer, other key', { length: 2, leaf: { subject: [['CN', 'Same']] }, root: { subject: [['CN', 'Same']] } })

// The names fit and the signature is of a key of another kind.
const root = issueCa({ key: 'P-256' })
const rsaRoot = issueCa({ key: 'rsa-2048-ca' })
const edRoot = issueCa({ key: 'Ed25519' })
const leafOf = (issuer: typeof root) => issueLeaf({}, issuer).der
addChain('ECDSA signature, RSA issuer', 'codeSigning', [leafOf(root), rsaRoot.der])
addChain('RSA signature, EC issuer', 'codeSigning', [leafOf(rsaRoot), root.der])
addChain('Ed25519 signature, EC issuer', 'codeSigning', [leafOf(edRoot), root.der])
addChain('ECDSA signature, Ed25519 issuer', 'codeSigning', [leafOf(root), edRoot.der])

const crossRoot = issueCa({ subject: [['CN', 'Other Root']] })
const cross = issueCertificate(
  { subject: [['C', 'US'], ['O', 'Test CA'], ['CN', 'Test Root CA']], key: root.key, basicConstraints: { ca: true }, keyUsage: ['keyCertSign'] },
  crossRoot,
)
addChain('cross-signed root, its root absent', 'codeSigning', [leafOf(root), cross.der])
addChain('cross-signed root and its root', 'codeSigning', [leafOf(root), cross.der, crossRoot.der])
addChain('both roots', 'codeSigning', [leafOf(root), root.der, cross.der, crossRoot.der])

const edges = { notBefore: new Date('2030-01-01T00:00:00Z'), notAfter: new Date('2030-02-01T00:00:00Z') }
const { certificates: timed } = buildChain({ length: 2, leaf: edges })
for (const [name, at] of [
  ['at the first second', edges.notBefore],
  ['at the last second', edges.notAfter],
  ['a millisecond early', new Date(edges.notBefore.getTime() - 1)],
  ['half a second late', new Date(edges.notAfter.getTime() + 500)],
] as const)
  addChain(`leaf ${name}`, 'codeSigning', timed, at)
const { certificates: oldRoot } = buildChain({ length: 2, root: { notAfter: new Date('2029-12-31T00:00:00Z') } })
addChain('root expired', 'codeSigning', oldRoot, AT)
addChain('root expired, time not asked', 'codeSigning', oldRoot)
const { certificates: oldSingle } = buildChain({ length: 1, leaf: { notAfter: new Date('2055-12-31T00:00:00Z') } })
addChain('self-signed leaf expired', 'codeSigning', oldSingle, new Date('2056-01-01T00:00:00Z'))

console.log(JSON.stringify(cases))
