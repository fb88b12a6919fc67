import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../../shared/base64.ts'
import {
  type CertificateRevocation,
  checkChainRevocation,
} from '../../../shared/revocation/check-revocation.ts'
import { parseCertificate } from '../../../shared/x509/certificate.ts'
import { dependenciesOf, type ServerTable } from '../../support/ocsp-servers.ts'

/** As test/vectors/generate/revocation/write-cases.ts writes it. */
interface Case {
  readonly name: string
  readonly chain: readonly number[]
  readonly signingTime?: string
  readonly answers: Readonly<
    Record<string, { status?: number; headers?: Record<string, string>; body?: string }>
  >
  readonly difference?: string
  readonly isInOtherWords?: boolean
  readonly breaksReference?: boolean
}

/** As test/vectors/generate/revocation/main.go writes it. */
interface Finding {
  readonly name: string
  readonly certificates: readonly {
    readonly result: string
    readonly method: string
    readonly servers?: readonly { method: string; url: string; result: string; error?: string }[]
  }[]
}

const RESULTS = { ok: 'OK', revoked: 'Revoked', unknown: 'Unknown', nonRevokable: 'NonRevokable' }

const { certificates, cases } = readVectors<{ certificates: string[]; cases: Case[] }>('cases')
const { findings } = readVectors<{ findings: Finding[] }>('reference')
const parsed = certificates.map((der) => parseCertificate(decodeBase64(der)))

describe('reference', () => {
  test('notation-core-go has judged every case that does not break it', () => {
    const judged = cases.filter(({ breaksReference }) => breaksReference !== true)
    expect(findings.map(({ name }) => name)).toEqual(judged.map(({ name }) => name))
    expect(judged.length).toBeGreaterThan(140)
  })

  test.each(cases.filter(({ breaksReference }) => breaksReference !== true))(
    'checkChainRevocation() finds what notation-core-go does, or is stricter: $name',
    async (revocationCase) => {
      const found = await check(revocationCase)
      const theirs = findings.find(({ name }) => name === revocationCase.name)?.certificates ?? []
      if (revocationCase.difference !== undefined) {
        // Never the other way round: what the reference refuses is refused here.
        expect([found[0]?.status, theirs[0]?.result]).toEqual([
          'unknown',
          expect.stringMatching(/^(?:OK|NonRevokable)$/),
        ])
        return
      }
      expect(found.map(asReference)).toEqual(
        theirs.map(({ result, method }) => ({ result, method })),
      )
      if (revocationCase.isInOtherWords === true) return
      expect(found.flatMap(serversOf)).toEqual(
        expect.arrayContaining(
          theirs.flatMap(({ servers = [] }) => servers.filter(({ url }) => url !== '')),
        ),
      )
    },
  )
})

async function check(revocationCase: Case): Promise<readonly CertificateRevocation[]> {
  const { chain, signingTime, answers } = revocationCase
  const table: ServerTable = Object.fromEntries(
    Object.entries(answers).map(([url, { body, ...head }]) => [
      url,
      body === undefined ? head : { ...head, body: decodeBase64(body) },
    ]),
  )
  const found = await checkChainRevocation(
    {
      chain: chain.map((place) => parsed[place] ?? expect.fail(`certificate ${place}`)),
      purpose: 'codeSigning',
      ...(signingTime === undefined ? {} : { signingTime: new Date(signingTime) }),
    },
    dependenciesOf(table),
  )
  return found.certificates
}

function asReference({ status, method }: CertificateRevocation) {
  return { result: RESULTS[status], method: method ?? 'Unknown' }
}

function serversOf({ servers }: CertificateRevocation) {
  return servers.map(({ protocol, server, status, error }) => ({
    method: protocol,
    url: server,
    result: RESULTS[status],
    ...(error === undefined ? {} : { error }),
  }))
}

function readVectors<T>(name: string): T {
  const url = new URL(`../../vectors/revocation/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as T
}
