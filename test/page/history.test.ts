import { describe, expect, test } from 'vitest'
import type { ReadSignature } from '../../functions/page/answers.ts'
import {
  commonNameOf,
  formatDay,
  formatTime,
  readHistory,
} from '../../functions/page/site/history.js'

const NOW = new Date('2030-01-02T03:04:05Z')
const certificate = (issuedTo: string, issuedBy: string, notBefore: string, expiry: string) => ({
  SHA256Fingerprint: 'ab'.repeat(32),
  issuedTo,
  issuedBy,
  notBefore: `${notBefore}T00:00:00Z`,
  expiry: `${expiry}T00:00:00Z`,
})
const LEAF = certificate('CN=Leaf,O=Acme', 'CN=CA,O=Acme', '2029-01-01', '2031-01-01')
const CA = certificate('CN=CA,O=Acme', 'CN=Root,O=Acme', '2028-01-01', '2029-12-31')
const ROOT = certificate('CN=Root,O=Acme', 'CN=Root,O=Acme', '2030-02-01', '2050-01-01')

function signature(changes: Partial<ReadSignature>): ReadSignature {
  return {
    signatureAlgorithm: 'ECDSA-SHA-256',
    signatureEnvelopeType: 'application/cose',
    signedAttributes: { signingScheme: 'notary.x509', signingTime: '2029-06-01T00:00:00+02:00' },
    userDefinedAttributes: null,
    unsignedAttributes: {},
    certificates: [LEAF, CA, ROOT],
    signedArtifact: { digest: '', mediaType: '', size: 1 },
    ...changes,
  }
}

describe('readHistory()', () => {
  test('has the chain with roles and what each certificate is now', () => {
    const { chains } = readHistory(signature({}), NOW)
    expect(chains).toMatchObject([
      {
        title: 'Signing certificates',
        validities: [
          { name: 'Leaf', role: 'Leaf', state: 'valid now', from: new Date('2029-01-01') },
          { name: 'CA', role: 'Intermediate', state: 'expired' },
          { name: 'Root', role: 'Root', state: 'not yet valid', until: new Date('2050-01-01') },
        ],
      },
    ])
  })

  test('tells roles by names in any order', () => {
    const { chains } = readHistory(signature({ certificates: [ROOT, LEAF, CA] }), NOW)
    expect(chains[0]?.validities.map(({ role }) => role)).toEqual(['Root', 'Leaf', 'Intermediate'])
    const alone = readHistory(signature({ certificates: [ROOT] }), NOW)
    expect(alone.chains[0]?.validities[0]?.role).toBe('Self-issued')
  })

  test('has moments in their order, and a timestamp as an interval with its own chain', () => {
    const timestampSignature = {
      timestamp: '[2029-06-01T00:00:00.5Z, 2029-06-01T00:00:02.123456789Z]',
      certificates: [LEAF],
    }
    const { chains, marks } = readHistory(
      signature({
        signedAttributes: {
          signingScheme: 'notary.x509',
          signingTime: '2029-06-01T00:00:00+02:00',
          expiry: '2029-12-01T00:00:00Z',
        },
        unsignedAttributes: { timestampSignature },
      }),
      NOW,
    )
    expect(marks).toEqual([
      {
        kind: 'signed',
        label: 'Signed (claimed)',
        from: new Date('2029-05-31T22:00:00Z'),
        until: new Date('2029-05-31T22:00:00Z'),
      },
      {
        kind: 'stamped',
        label: 'Timestamped',
        from: new Date('2029-06-01T00:00:00.500Z'),
        until: new Date('2029-06-01T00:00:02.123Z'),
      },
      expect.objectContaining({ kind: 'expires', from: new Date('2029-12-01') }),
      { kind: 'now', label: 'Now', from: NOW, until: NOW },
    ])
    expect(chains.map(({ title }) => title)).toEqual([
      'Signing certificates',
      "Timestamp authority's certificates",
    ])
  })

  test('calls the time of a signing authority no claim', () => {
    const signedAttributes = {
      signingScheme: 'notary.x509.signingAuthority',
      signingTime: '2029-06-01T00:00:00Z',
    }
    expect(readHistory(signature({ signedAttributes }), NOW).marks[0]?.label).toBe('Signed')
  })

  test('leaves out what is no time, and a timestamp that cannot be read', () => {
    const { chains, marks } = readHistory(
      signature({
        signedAttributes: { signingTime: 'soon', expiry: '<img>' },
        unsignedAttributes: { timestampSignature: { error: 'failed' } },
      }),
      NOW,
    )
    expect(marks.map(({ kind }) => kind)).toEqual(['now'])
    expect(chains).toHaveLength(1)
  })
})

describe('commonNameOf()', () => {
  test.each([
    ['CN=Acme Signing,O=Acme\\, Inc.,C=US', 'Acme Signing'],
    ['O=Acme,CN=a\\, b\\+c\\"', 'a, b+c"'],
    ['O=x+CN=y,C=US', 'y'],
    ['O=Acme\\,CN=fake,C=US', 'O=Acme\\,CN=fake,C=US'],
    ['', ''],
  ])('of %j is %j', (subject, name) => {
    expect(commonNameOf(subject)).toBe(name)
  })
})

test('formatTime() and formatDay() write UTC, the same everywhere', () => {
  expect(formatTime(new Date('2030-01-02T03:04:05.678+08:00'))).toBe('2030-01-01 19:04:05 UTC')
  expect(formatDay(new Date('2030-01-02T03:04:05+08:00'))).toBe('2030-01-01')
})
