// Signatures over certificate chains that break one rule, and leaf keys of kinds that no key spec has.

import { constants, type KeyObject, sign } from 'node:crypto'
import { type JwsOptions, makeCose, makeJws } from '../../support/envelopes.ts'
import type { KeyName } from '../../support/keys.ts'
import {
  ARTIFACT,
  cose,
  type Definition,
  jws,
  longChain,
  policy,
  refused,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'
import {
  CHAIN_DEVIATIONS,
  type ChainDeviation,
  SIGNING_CHAIN_DEVIATIONS,
} from './chain-deviations.ts'

const LENGTH = /^(?:two|three|four|five) cert/
const SHOWS = ['signature-specification.md §Certificate Requirements']

/** Rows of the table of differences that are shown without a difference in the verdict. */
const ROWS: Readonly<Record<string, number>> = {
  'CA with basic constraints not critical': 18,
  'purpose ocspSigning alone': 3,
  'Ed25519 root': 25,
}

/** Signing chains: each in JWS, the good lengths in COSE too. */
export function chains(): readonly Definition[] {
  const all = [...CHAIN_DEVIATIONS, ...SIGNING_CHAIN_DEVIATIONS]
  const lengths = CHAIN_DEVIATIONS.filter(({ title }) => LENGTH.test(title))
  return [
    ...all.map((deviation) => chainCase(deviation, 'JWS')),
    ...lengths.map((deviation) => chainCase(deviation, 'COSE')),
    ...ODD_KEYS.map(oddKeyCase),
    oddCoseCase(),
    selfSignedAboveCase(),
  ]
}

/** A leaf that signed itself as a CA does, and a root behind it that did not issue it. */
function selfSignedAboveCase(): Definition {
  const single = longChain({
    length: 1,
    leaf: { basicConstraints: { ca: true }, keyUsage: ['digitalSignature', 'keyCertSign'] },
  })
  const other = longChain({ length: 2 })
  const certificates = [...single.certificates, ...other.certificates.slice(1)]
  return {
    group: 'chain',
    title: 'self-signed leaf with a root behind it',
    shows: SHOWS,
    origin: 'builder',
    bundle: { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(other)] } },
    ...ARTIFACT,
    signatures: [jws(makeJws({ chain: single, certificates }))],
    declared: rejected('integrity', 'chain-invalid'),
  }
}

function chainCase(deviation: ChainDeviation, format: 'JWS' | 'COSE'): Definition {
  const { title, goodFor, options, change, difference } = deviation
  const chain = longChain(options)
  const certificates = change?.(chain.certificates) ?? chain.certificates
  const isGood = goodFor === 'both' || goodFor === 'codeSigning'
  const row = difference?.row ?? ROWS[title]
  return {
    group: 'chain',
    name: format === 'JWS' ? title : `${title}, COSE`,
    title,
    shows: row === undefined ? SHOWS : [`row ${row}`, ...SHOWS],
    origin: 'builder',
    bundle: { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(chain)] } },
    ...ARTIFACT,
    signatures: [
      format === 'JWS'
        ? jws(makeJws({ chain, certificates }))
        : cose(makeCose({ chain, certificates })),
    ],
    declared: declaredOf(title, isGood),
    ...(difference === undefined ? {} : { difference }),
  }
}

/** A store takes CAs and what is self-signed, which a signature with SHA-1 does not show. */
function declaredOf(title: string, isGood: boolean): Definition['declared'] {
  if (isGood) return VERIFIED
  return title === 'SHA-1 self-signed leaf' ? refused('trust-store-invalid') : rejected('integrity')
}

type OddKey = readonly [key: KeyName, alg: string, isPassed?: boolean]

/** Keys of no key spec, with the algorithm that their signatures claim. */
const ODD_KEYS: readonly OddKey[] = [
  ['rsa-1024', 'PS256'],
  ['rsa-2047', 'PS256', true],
  ['P-224', 'ES256'],
  ['secp256k1', 'ES256'],
  ['Ed25519', 'EdDSA'],
]

function oddKeyCase([key, alg, isPassed = false]: OddKey): Definition {
  const odd = longChain({ leaf: { key } })
  const options: JwsOptions = {
    certificates: odd.certificates,
    header: { alg },
    sign: (message) => signAnyhow(odd.leafKey, message),
  }
  return {
    group: 'chain',
    title: `${key} leaf`,
    shows: ['row 2', ...SHOWS],
    origin: 'builder',
    bundle: { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(odd)] } },
    ...ARTIFACT,
    signatures: [jws(makeJws(options))],
    declared: rejected('integrity'),
    ...(isPassed
      ? { difference: { row: 2, reason: 'Go rounds the size of an RSA key up to whole bytes' } }
      : {}),
  }
}

/** In COSE the key is looked at before the signature. */
function oddCoseCase(): Definition {
  const odd = longChain({ leaf: { key: 'Ed25519' } })
  const sign = (message: Uint8Array) => signAnyhow(odd.leafKey, message)
  return {
    group: 'chain',
    title: 'Ed25519 leaf, COSE',
    shows: ['row 2', ...SHOWS],
    origin: 'builder',
    bundle: { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(odd)] } },
    ...ARTIFACT,
    signatures: [cose(makeCose({ certificates: odd.certificates, sign }))],
    declared: rejected('integrity', 'key-unsupported'),
  }
}

function signAnyhow(key: KeyObject, message: Uint8Array): Uint8Array {
  const kind = key.asymmetricKeyType
  if (kind === 'ed25519') return new Uint8Array(sign(null, message, key))
  if (kind === 'ec')
    return new Uint8Array(sign('SHA-256', message, { key, dsaEncoding: 'ieee-p1363' }))
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return new Uint8Array(sign('SHA-256', message, { key, padding, saltLength: 32 }))
}
