// What inputs are made from: one well-formed document of each kind at least, and the corpus.

import { encodeUtf8 } from '../../shared/bytes.ts'
import { readCases } from '../corpus/corpus-case.ts'
import { longChain, pem, policy, rootOf } from '../corpus/definition.ts'
import { buildChain } from '../support/certificates.ts'
import { buildCrl } from '../support/crl-lists.ts'
import { buildOcspResponse } from '../support/ocsp-responses.ts'
import { accuracyOf, buildResponse, buildToken, encodeTstInfo } from '../support/timestamps.ts'

/** Documents by kind. */
export type Samples = ReturnType<typeof makeSamples>

/** Makes them, the same each time: RSA keys are committed, and sign the same in the same way. */
export function makeSamples() {
  const rsa = { leaf: { key: 'rsa-2048' }, intermediate: KEYED, root: KEYED } as const
  const chain = longChain(rsa)
  const tsa = buildChain({ ...rsa, purpose: 'timestamping' })
  const [leaf, issuer] = chain.issued
  const [signer] = tsa.issued
  if (leaf === undefined || issuer === undefined || signer === undefined)
    throw new RangeError('the chains have a leaf and an issuer')
  const stamped = { signer, certificates: tsa.certificates, accuracy: accuracyOf(1, 2, 3) }
  const single = { certificate: leaf.certificate, issuer: issuer.certificate }
  const document = policy()
  const token = buildToken(stamped)
  return {
    certificates: [...chain.certificates, ...tsa.certificates],
    pem: [encodeUtf8(rootOf(chain)), encodeUtf8(chain.certificates.map(pem).join('')), leaf.der],
    jws: envelopesOf('application/jose+json'),
    cose: envelopesOf('application/cose'),
    tokens: [token],
    tstInfos: [encodeTstInfo(stamped)],
    timestampResponses: [buildResponse(token), buildResponse(undefined, 2, [5])],
    ocsp: [
      buildOcspResponse({ responses: [single], signer: issuer }),
      buildOcspResponse({
        responses: [{ ...single, status: 'revoked', reason: 1 }],
        signer: issuer,
        certificates: [issuer.der],
      }),
    ],
    crls: [
      buildCrl({
        issuer,
        entries: [{ certificate: leaf.certificate, reason: 1 }],
        freshestCrlUrls: ['http://crl.example/delta'],
      }),
    ],
    policies: [encodeUtf8(JSON.stringify(document)), encodeUtf8(JSON.stringify(policy(DETAILED)))],
    bundles: [
      encodeUtf8(
        JSON.stringify({
          trustPolicy: document,
          trustStores: { 'ca:acme': [rootOf(chain)], 'tsa:acme': [rootOf(tsa)] },
        }),
      ),
    ],
    signatureManifests: [encodeUtf8(JSON.stringify(SIGNATURE_MANIFEST))],
    indexes: [encodeUtf8(JSON.stringify(INDEX))],
    references: [
      encodeUtf8(`reg.io/app@${DIGEST}`),
      encodeUtf8('localhost:5000/team/app:v1'),
      encodeUtf8(`[::1]:443/a/b:c@${DIGEST}`),
    ],
    pluginRequests: [
      encodeUtf8(JSON.stringify(KEY_REQUEST)),
      encodeUtf8(JSON.stringify(SIGNATURE_REQUEST)),
    ],
    stmAnswers: [
      encodeUtf8(JSON.stringify(keypairOf(chain.certificates))),
      encodeUtf8(JSON.stringify({ items: [keypairOf(chain.certificates)], total: 1 })),
      encodeUtf8(JSON.stringify({ id: 'request', signature: 'AAAA' })),
      encodeUtf8(JSON.stringify({ error: { status: 'denied', message: 'the key is offline' } })),
    ],
    texts: [encodeUtf8('AAECAw=='), encodeUtf8('x509.subject: C=US, ST=WA, O=Acme\\, Inc.')],
  } as const
}

const KEYED = { key: 'rsa-2048-ca' } as const
const DIGEST = `sha256:${'73'.repeat(32)}`

const DETAILED = {
  level: 'permissive',
  override: { expiry: 'skip', revocation: 'log' },
  verifyTimestamp: 'afterCertExpiry',
  trustStores: ['ca:acme', 'signingAuthority:acme', 'tsa:acme'],
  trustedIdentities: [
    'x509.subject: C=US, ST=WA, O=Acme\\, Inc.',
    'x509.subject: C=CH, ST=ZH, O=A',
  ],
}

const SIGNATURE_MANIFEST = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.cncf.notary.signature',
    digest: DIGEST,
    size: 2,
  },
  layers: [{ mediaType: 'application/jose+json', digest: DIGEST, size: 2090 }],
  subject: {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: DIGEST,
    size: 528,
  },
  annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '["00"]' },
}

const INDEX = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: DIGEST,
      size: 528,
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    },
    {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: DIGEST,
      size: 528,
      artifactType: 'application/vnd.cncf.notary.signature',
    },
  ],
}

const KEY_REQUEST = {
  contractVersion: '1.0',
  keyId: 'release',
  pluginConfig: { SM_HOST: 'stm.example' },
}

const SIGNATURE_REQUEST = {
  ...KEY_REQUEST,
  keySpec: 'EC-256',
  hashAlgorithm: 'SHA-256',
  payload: 'AAECAw==',
}

function keypairOf([leaf, ...above]: readonly Uint8Array[]) {
  const chain = above.map((der) => ({ cert_type: 'intermediate', blob: base64Of(der) }))
  return {
    id: '00000000-0000-0000-0000-000000000000',
    alias: 'release',
    certificates: [
      { certificate_status: 'ACTIVE', default_cert: true, cert: base64Of(leaf), chain },
    ],
  }
}

function base64Of(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('base64')
}

function envelopesOf(mediaType: string): readonly Uint8Array[] {
  return readCases().flatMap(({ signatures }) =>
    signatures.flatMap((each) =>
      'envelope' in each && each.mediaType === mediaType
        ? [new Uint8Array(Buffer.from(each.envelope, 'base64'))]
        : [],
    ),
  )
}
