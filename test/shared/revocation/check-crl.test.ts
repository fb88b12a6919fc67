import { describe, expect, test, vi } from 'vitest'
import type { Crypto } from '../../../shared/crypto.ts'
import { type CrlDependencies, checkCrl } from '../../../shared/revocation/check-crl.ts'
import { type CrlCache, createCrlCache } from '../../../shared/revocation/crl-cache.ts'
import { createRevocationRound } from '../../../shared/revocation/revocation-round.ts'
import type { ServerStatus } from '../../../shared/revocation/server-status.ts'
import { AT, type IssuedCertificate, issueCa } from '../../support/certificates.ts'
import { buildCrl, type CrlOptions } from '../../support/crl-lists.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { CRL_URL, createPki, DELTA_URL } from '../../support/ocsp-crl-pki.ts'
import { dependenciesOf, type ServerTable } from '../../support/ocsp-servers.ts'

const PKI = createPki()
const [LEAF] = PKI.chainOf({ crlUrls: [CRL_URL] }) as [IssuedCertificate]
const CRL = buildCrl({ issuer: PKI.ca })
const SOON = new Date(AT.getTime() + 1000)
const LATER = new Date(AT.getTime() + 1001)

interface Options {
  readonly now?: Date
  readonly crlCache?: CrlCache
  readonly issuer?: IssuedCertificate
  readonly crypto?: Crypto
}

async function check(
  table: ServerTable,
  { now = AT, crlCache, issuer = PKI.ca, crypto = nodeCrypto }: Options = {},
) {
  const dependencies = dependenciesOf(table, crlCache && { crlCache })
  const outcomes = await checkCrl(
    {
      certificate: LEAF.certificate,
      issuer: issuer.certificate,
      now,
      signingTime: undefined,
      crypto,
    },
    dependencies,
  )
  return { outcomes, requests: dependencies.seen.length }
}

function statuses(outcomes: readonly ServerStatus[]): readonly string[] {
  return outcomes.map(({ status }) => status)
}

function crlWith(options: Partial<CrlOptions>): ServerTable {
  return { [CRL_URL]: buildCrl({ issuer: PKI.ca, ...options }) }
}

describe('check-crl', () => {
  test('checkCrl() fetches a CRL again only after its next update', async () => {
    const crlCache = createCrlCache()
    const table = crlWith({ nextUpdate: SOON })
    const first = await check(table, { crlCache })
    const second = await check({}, { crlCache, now: SOON })
    const third = await check(table, { crlCache, now: LATER })
    expect([first, second, third].map(({ requests }) => requests)).toEqual([1, 0, 1])
    expect([first, second, third].map(({ outcomes }) => statuses(outcomes))).toEqual([
      ['ok'],
      ['ok'],
      ['unknown'],
    ])
  })

  test('checkCrl() fetches a CRL again after the next update of its delta', async () => {
    const crlCache = createCrlCache()
    const table = {
      ...crlWith({ freshestCrlUrls: [DELTA_URL] }),
      [DELTA_URL]: buildCrl({ issuer: PKI.ca, number: 2, deltaIndicator: 1, nextUpdate: SOON }),
    }
    const requests: number[] = []
    for (const now of [AT, SOON, LATER])
      requests.push((await check(table, { crlCache, now })).requests)
    expect(requests).toEqual([2, 0, 2])
  })

  test('checkCrl() finds a revocation in a CRL that was kept', async () => {
    const crlCache = createCrlCache()
    await check(crlWith({ entries: [LEAF] }), { crlCache })
    expect(statuses((await check({}, { crlCache })).outcomes)).toEqual(['revoked'])
  })

  test('checkCrl() does not keep a CRL that proves nothing', async () => {
    const crlCache = createCrlCache()
    await check(crlWith({ issuer: PKI.impostor }), { crlCache })
    expect(await crlCache.get(CRL_URL)).toBeUndefined()
  })

  test('checkCrl() verifies a CRL that was kept anew for another issuer', async () => {
    const crlCache = createCrlCache()
    await check({ [CRL_URL]: CRL }, { crlCache })
    for (const issuer of [PKI.impostor, renamed()]) {
      const { outcomes, requests } = await check({}, { crlCache, issuer })
      expect([statuses(outcomes), requests]).toEqual([['unknown'], 0])
    }
  })

  test('checkCrl() verifies the signature of a CRL that it keeps once', async () => {
    const crlCache = createCrlCache()
    const set = vi.spyOn(crlCache, 'set')
    const verify = vi.fn(nodeCrypto.verify)
    const crypto = { ...nodeCrypto, verify }
    for (const table of [{ [CRL_URL]: CRL }, {}, {}])
      expect(statuses((await check(table, { crlCache, crypto })).outcomes)).toEqual(['ok'])
    expect([verify.mock.calls.length, set.mock.calls.length]).toEqual([1, 1])
  })

  test('checkCrl() passes over a cache that fails', async () => {
    const failing: CrlCache = {
      get: () => Promise.reject(new Error('no cache')),
      set: () => Promise.reject(new Error('no cache')),
    }
    const { outcomes, requests } = await check({ [CRL_URL]: CRL }, { crlCache: failing })
    expect([statuses(outcomes), requests]).toEqual([['ok'], 1])
  })

  test.each([
    [5 * 60 * 1000, 'ok'],
    [5 * 60 * 1000 + 1000, 'unknown'],
  ])('checkCrl() takes a CRL made %d ms from now as %s', async (ahead, status) => {
    const { outcomes } = await check(crlWith({ thisUpdate: new Date(AT.getTime() + ahead) }))
    expect(statuses(outcomes)).toEqual([status])
  })

  test('checkCrl() refuses a CRL of the limit', async () => {
    const head = { 'Content-Length': `${32 * 1024 * 1024}` }
    const { outcomes } = await check({ [CRL_URL]: { headers: head, body: CRL } })
    expect(outcomes[0]?.error).toBe(
      `failed to download CRL from ${CRL_URL}: failed to retrieve CRL: CRL size exceeds the limit: 33554432`,
    )
  })

  test.each([
    ['', 'CRL URL cannot be empty'],
    ['::', 'failed to retrieve CRL: invalid CRL URL'],
  ])('checkCrl() tells that %j is no URL', async (url, reason) => {
    const [leaf] = PKI.chainOf({ crlUrls: [url] }) as [IssuedCertificate]
    const dependencies: CrlDependencies = {
      ...dependenciesOf({}),
      round: createRevocationRound(),
    }
    const outcomes = await checkCrl(
      {
        certificate: leaf.certificate,
        issuer: PKI.ca.certificate,
        now: AT,
        signingTime: undefined,
        crypto: nodeCrypto,
      },
      dependencies,
    )
    expect(outcomes[0]?.error).toBe(`failed to download CRL from ${url}: ${reason}`)
  })
})

/** The CA's key under another name. */
function renamed(): IssuedCertificate {
  return issueCa({ subject: [['CN', 'Another']], key: PKI.ca.key }, PKI.root)
}
