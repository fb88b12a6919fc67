// Signed content as it comes out of integrity verification, made without an envelope, and timestamp
// tokens over it: for checks that look at nothing else.

import { KEY_SPECS } from '../../../shared/algorithm.ts'
import { encodeUnsignedInteger } from '../../../shared/der-encode.ts'
import type { Descriptor } from '../../../shared/descriptor.ts'
import type { SignedContent } from '../../../shared/envelope/verify-integrity.ts'
import { parseTrustPolicy } from '../../../shared/policy/document.ts'
import type { VerificationContext } from '../../../shared/verify/verification-context.ts'
import type { Certificate } from '../../../shared/x509/certificate.ts'
import { AT, buildChain, type ChainOptions } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { buildToken } from '../../support/timestamps.ts'

/** The artifact that is signed. */
export const DESCRIPTOR: Descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 528,
}

/** What was signed. */
const SIGNATURE = new Uint8Array(64).fill(7)

/** Content under `notary.x509`, signed by a chain of three; whatever is given stands instead. */
export function makeContent({
  attributes,
  ...others
}: Partial<Omit<SignedContent, 'attributes'>> & {
  attributes?: Partial<SignedContent['attributes']>
} = {}): SignedContent {
  return {
    mediaType: 'application/jose+json',
    payload: { targetArtifact: DESCRIPTOR },
    attributes: {
      contentType: 'application/vnd.cncf.notary.payload.v1+json',
      signingScheme: 'notary.x509',
      signingTime: AT,
      extended: [],
      ...attributes,
    },
    chain: buildChain().chain,
    keySpec: KEY_SPECS['EC-256'],
    signature: SIGNATURE,
    ...others,
  }
}

/** A context of one statement over the given stores; each is named in the statement. */
export function makeContext({
  signatureVerification = { level: 'strict' },
  trustedIdentities = ['*'],
  trustStores = {},
  now = AT,
}: {
  signatureVerification?: {
    level: string
    override?: Record<string, string>
    verifyTimestamp?: string
  }
  trustedIdentities?: string[]
  trustStores?: Record<string, readonly Certificate[]>
  now?: Date
} = {}): VerificationContext {
  const names = Object.keys(trustStores)
  const trustPolicy = parseTrustPolicy({
    version: '1.0',
    trustPolicies: [
      {
        name: 'p',
        registryScopes: ['*'],
        signatureVerification,
        trustStores: names.length === 0 ? ['ca:absent'] : names,
        trustedIdentities,
      },
    ],
  })
  const [statement] = trustPolicy.statements
  if (statement === undefined) throw new RangeError('no statement')
  const bundle = {
    trustPolicy,
    trustStores: new Map(Object.entries(trustStores)),
    digest: 'sha256:0',
  }
  return { descriptor: DESCRIPTOR, userMetadata: {}, statement, bundle, now, crypto: nodeCrypto }
}

/** A timestamp authority. */
export interface TimestampAuthority {
  readonly root: Certificate
  /** A token over a signature, accurate to a second; by default the signature of makeContent. */
  token(genTime: Date, signature?: Uint8Array): Uint8Array
}

/** An authority whose certificates are as buildChain makes them, with whatever the options change. */
export function makeTimestampAuthority(options: ChainOptions = {}): TimestampAuthority {
  const { issued, chain } = buildChain({ ...options, purpose: 'timestamping' })
  const [signer] = issued
  const root = chain.at(-1)
  if (signer === undefined || root === undefined) throw new RangeError('an empty chain')
  return {
    root,
    token: (genTime, signature = SIGNATURE) =>
      buildToken({
        signer,
        certificates: chain.map(({ raw }) => raw),
        signature,
        time: genTime.toISOString().replace(/[-:T]|\.000/g, ''),
        accuracy: [encodeUnsignedInteger(1)],
      }),
  }
}
