// Writes the revocation cases that the reference implementation is to judge: step one of two, see main.go.

import { writeFileSync } from 'node:fs'
import { encodeBase64 } from '../../../../shared/base64.ts'
import { createRevocationCases } from '../../../support/ocsp-crl-cases.ts'
import type { RevocationCase } from '../../../support/ocsp-crl-pki.ts'

/** Each certificate once: chains name them by place. */
const certificates: string[] = []

const cases = createRevocationCases().map((revocationCase) => ({
  name: revocationCase.name,
  chain: revocationCase.chain.map(({ der }) => placeOf(encodeBase64(der))),
  signingTime: revocationCase.signingTime,
  answers: answersOf(revocationCase),
  difference: revocationCase.difference,
  isInOtherWords: revocationCase.isInOtherWords,
  breaksReference: revocationCase.breaksReference,
}))
writeFileSync(
  new URL('../../revocation/cases.json', import.meta.url),
  `${JSON.stringify({ certificates, cases }, undefined, 1)}\n`,
)

function placeOf(certificate: string): number {
  const place = certificates.indexOf(certificate)
  return place < 0 ? certificates.push(certificate) - 1 : place
}

function answersOf({ answers }: RevocationCase): object {
  return Object.fromEntries(
    Object.entries(answers).map(([url, { status, headers, body }]) => [
      url,
      { status, headers, body: body && encodeBase64(body) },
    ]),
  )
}
