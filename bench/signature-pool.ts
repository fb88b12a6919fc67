// Signatures to verify: many of one artifact by one chain, or each by a chain of its own, all of them distinct.

import type { Descriptor } from '../shared/descriptor.ts'
import { assembleEnvelope } from '../shared/envelope/envelope.ts'
import type { EnvelopeMediaType } from '../shared/envelope/media-type.ts'
import { encodeSigningInput } from '../shared/envelope/signing-input.ts'
import type { JsonValue } from '../shared/json.ts'
import { keySpecOfCertificate } from '../shared/x509/key-spec.ts'
import { encodePem } from '../shared/x509/pem.ts'
import {
  type BuiltChain,
  type CertificateOptions,
  issueCa,
  issueLeaf,
} from '../test/support/certificates.ts'
import { localSigner } from '../test/support/local-signer.ts'

/** What all signatures are of. */
export const ARTIFACT: Descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'0'.repeat(64)}`,
  size: 528,
}
/** With the repository that the trust policy speaks of. */
export const REFERENCE = `registry.example.com/team/app@${ARTIFACT.digest}`

/** A signature, and what a check of nothing but the leaf's signature needs. */
export interface PooledSignature {
  readonly mediaType: EnvelopeMediaType
  readonly envelope: Uint8Array
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}

/** Keys of leaf and authorities, as test/support/keys.ts names them. */
export interface PoolKeys {
  readonly leaf: NonNullable<CertificateOptions['key']>
  readonly authorities: NonNullable<CertificateOptions['key']>
}

/** Issues chains of three below one root. */
export interface ChainSource {
  readonly trustBundle: JsonValue
  /** A new leaf under a new intermediate. */
  next(): BuiltChain
}

/** Valid while benches are run. */
const VALID = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2099-01-01T00:00:00Z'),
}
const MEDIA_TYPES = ['application/jose+json', 'application/cose'] as const

/** Creates a source, with a trust bundle for all of its chains. */
export function createChainSource({ leaf, authorities }: PoolKeys): ChainSource {
  const root = issueCa({ ...VALID, key: authorities })
  return {
    trustBundle: trustBundleOf(root.certificate.raw),
    next() {
      const intermediate = issueCa(
        {
          ...VALID,
          key: authorities,
          subject: [['CN', 'Bench Issuing CA']],
          basicConstraints: { ca: true, pathLength: 0 },
        },
        root,
      )
      const issued = [issueLeaf({ ...VALID, key: leaf }, intermediate), intermediate, root]
      const chain = issued.map(({ certificate }) => certificate)
      const [{ key }] = issued as [(typeof issued)[number]]
      return { issued, chain, certificates: chain.map(({ raw }) => raw), leafKey: key }
    },
  }
}

/** Signs once, as JWS or COSE in turn. */
export async function signOnce(built: BuiltChain, turn: number): Promise<PooledSignature> {
  const [leaf] = built.chain
  if (leaf === undefined) throw new RangeError('the chain has a leaf')
  const mediaType = MEDIA_TYPES[turn % MEDIA_TYPES.length] ?? MEDIA_TYPES[0]
  const input = encodeSigningInput(mediaType, {
    targetArtifact: { ...ARTIFACT, annotations: { turn: String(turn) } },
    attributes: {
      contentType: 'application/vnd.cncf.notary.payload.v1+json',
      signingScheme: 'notary.x509',
      signingTime: new Date('2026-01-01T00:00:00Z'),
      extended: [],
    },
    keySpec: keySpecOfCertificate(leaf),
  })
  const signature = await localSigner(built).signMessage('', input.bytes)
  const envelope = assembleEnvelope(mediaType, {
    protectedHeader: input.protectedHeader,
    payload: input.payload,
    signature,
    certificates: built.certificates,
    signingAgent: 'bench',
  })
  return { mediaType, envelope, signingInput: input.bytes, signature }
}

function trustBundleOf(root: Uint8Array): JsonValue {
  return {
    trustPolicy: {
      version: '1.0',
      trustPolicies: [
        {
          name: 'bench',
          registryScopes: ['*'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:bench'],
          trustedIdentities: ['*'],
        },
      ],
    },
    trustStores: { 'ca:bench': [encodePem('CERTIFICATE', root)] },
  }
}
