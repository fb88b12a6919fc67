// What a case is before it is written: its inputs with what is declared of its verdict. The chains,
// policies and bundles that most cases share are made here.

import { type BuiltChain, buildChain, type ChainOptions } from '../support/certificates.ts'
import { TARGET_ARTIFACT } from '../support/envelopes.ts'
import type { CaseInput, Expected, RefusalCode } from './corpus-case.ts'

/** What a definition declares: the verdict, and what decides against it. */
export type Declared = Pick<Expected, 'verdict' | 'decidedBy' | 'code'>

/** Why we find another verdict than notation-go. */
export interface DeclaredDifference {
  readonly row?: number
  readonly reason: string
}

/** A case to be written. */
export interface Definition extends CaseInput {
  readonly group: string
  /** The file's name, made of the title unless given. */
  readonly name?: string
  readonly declared: Declared
  readonly difference?: DeclaredDifference
}

/** The artifact of the builder's cases. */
export const ARTIFACT = {
  reference: `reg.io/app@${TARGET_ARTIFACT.digest}`,
  descriptor: TARGET_ARTIFACT,
} as const

/** The validity of the builder's certificates, so that verdicts hold at any time between. */
export const VALID = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2099-12-31T23:59:59Z'),
} as const

/** The verdict of what verifies. */
export const VERIFIED: Declared = { verdict: 'verified' }

/** A rejection by a check, or by the artifact. */
export function rejected(
  decidedBy: NonNullable<Declared['decidedBy']>,
  code?: Declared['code'],
): Declared {
  return { verdict: 'rejected', decidedBy, ...(code === undefined ? {} : { code }) }
}

/** A bundle or a reference that is not taken. */
export function refused(code: RefusalCode): Declared {
  const decidedBy = code === 'reference-invalid' ? 'reference' : 'bundle'
  return { verdict: 'refused', decidedBy, code }
}

/** A chain that is valid from 2020 to 2099 but for what the options change. */
export function longChain(options: ChainOptions = {}): BuiltChain {
  return buildChain({
    ...options,
    leaf: { ...VALID, ...options.leaf },
    intermediate: { ...VALID, ...options.intermediate },
    root: { ...VALID, ...options.root },
  })
}

/** What statements of cases vary. */
export interface StatementOptions {
  readonly level?: string
  readonly override?: Readonly<Record<string, string>>
  readonly verifyTimestamp?: string
  readonly trustStores?: readonly string[]
  readonly trustedIdentities?: readonly string[]
}

/** A trust policy with one statement for `reg.io/app`. */
export function policy(options: StatementOptions = {}) {
  const { level = 'strict', override, verifyTimestamp } = options
  const { trustStores = ['ca:acme'], trustedIdentities = ['*'] } = options
  const signatureVerification = {
    level,
    ...(override === undefined ? {} : { override }),
    ...(verifyTimestamp === undefined ? {} : { verifyTimestamp }),
  }
  const statement = {
    name: 'p',
    registryScopes: ['reg.io/app'],
    signatureVerification,
    trustStores,
    trustedIdentities,
  }
  return { version: '1.0', trustPolicies: [statement] }
}

/** A certificate as a store holds it. */
export function pem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** The last certificate of a chain, as a store holds it. */
export function rootOf({ certificates }: BuiltChain): string {
  return pem(certificates.at(-1) ?? new Uint8Array())
}

/** A signature as a case holds it. */
export function jws(envelope: Uint8Array) {
  return {
    mediaType: 'application/jose+json',
    envelope: Buffer.from(envelope).toString('base64'),
  }
}

/** Likewise of COSE. */
export function cose(envelope: Uint8Array) {
  return { mediaType: 'application/cose', envelope: Buffer.from(envelope).toString('base64') }
}
