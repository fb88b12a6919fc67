// What is fuzzed: a row for each reader of foreign bytes. Verdicts on envelopes whose signed parts were altered and
// signed again are resigned-cases.ts'.

import {
  parseKeyRequest,
  parseMetadataRequest,
  parseSignatureRequest,
} from '../../plugin/protocol.ts'
import { decodeBase64, decodeBase64Url } from '../../shared/base64.ts'
import { parseCbor } from '../../shared/cbor.ts'
import { envelopeFormat, parseEnvelope } from '../../shared/envelope/envelope.ts'
import type { EnvelopeMediaType } from '../../shared/envelope/media-type.ts'
import { type ErrorCode, isNotationError } from '../../shared/errors.ts'
import { inspectSignature } from '../../shared/inspect/inspect-signature.ts'
import { type JsonValue, parseJson } from '../../shared/json.ts'
import { parseBlobTrustPolicy } from '../../shared/policy/blob-document.ts'
import { readDistinguishedName } from '../../shared/policy/distinguished-name.ts'
import { parseTrustPolicy } from '../../shared/policy/document.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { parseImageIndex } from '../../shared/registry/image-index.ts'
import { parseReference } from '../../shared/registry/reference.ts'
import { parseReferrersIndex } from '../../shared/registry/referrers-index.ts'
import { parseSignatureManifest } from '../../shared/registry/signature-manifest.ts'
import { parseCrl } from '../../shared/revocation/crl.ts'
import { parseOcspResponse } from '../../shared/revocation/ocsp-response.ts'
import { readProblemBody } from '../../shared/stm/problem-body.ts'
import { parseKeypairAnswer, parseKeypairPage, parseSignAnswer } from '../../shared/stm/wire.ts'
import { parseTimestampResponse } from '../../shared/timestamp/response.ts'
import { parseTstInfo } from '../../shared/timestamp/token.ts'
import { parseTimestampToken } from '../../shared/timestamp/verify-token.ts'
import { parseCertificate } from '../../shared/x509/certificate.ts'
import { parseCertificatesPemOrDer } from '../../shared/x509/pem.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { type Mutate, mutateAny, mutateBytes } from './mutate-bytes.ts'
import { mutateCbor } from './mutate-cbor.ts'
import { mutateDer } from './mutate-der.ts'
import { mutateJson } from './mutate-json.ts'
import type { Random } from './random.ts'
import { makeSamples, type Samples } from './samples.ts'
import type { Target } from './target.ts'
import { createVerdictTargets } from './verdict-targets.ts'

type Row = readonly [
  name: string,
  kind: keyof Samples,
  mutate: Mutate,
  codes: readonly ErrorCode[],
  run: (input: Uint8Array) => unknown,
]

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

const ROWS: readonly Row[] = [
  ['json', 'bundles', mutateJson, ['encoding-invalid'], (input) => parseJson(input)],
  ['cbor', 'cose', mutateCbor, ['encoding-invalid'], (input) => parseCbor(input)],
  ['base64', 'texts', mutateBytes, ['encoding-invalid'], (input) => decodeBase64(latin1(input))],
  [
    'base64url',
    'texts',
    mutateBytes,
    ['encoding-invalid'],
    (input) => decodeBase64Url(latin1(input)),
  ],
  ['certificate', 'certificates', mutateDer, ['certificate-malformed'], parseCertificate],
  ['pem', 'pem', mutateBytes, ['certificate-malformed'], parseCertificatesPemOrDer],
  [
    'envelope-jws',
    'jws',
    mutateJson,
    ['envelope-malformed', 'encoding-invalid'],
    readerOf('application/jose+json'),
  ],
  [
    'envelope-cose',
    'cose',
    mutateCbor,
    ['envelope-malformed', 'encoding-invalid'],
    readerOf('application/cose'),
  ],
  ['inspect-jws', 'jws', mutateJson, [], inspectorOf('application/jose+json')],
  ['inspect-cose', 'cose', mutateCbor, [], inspectorOf('application/cose')],
  ['token', 'tokens', mutateDer, ['timestamp-invalid'], parseTimestampToken],
  ['tst-info', 'tstInfos', mutateDer, ['timestamp-invalid'], parseTstInfo],
  [
    'timestamp-response',
    'timestampResponses',
    mutateDer,
    ['timestamp-invalid'],
    parseTimestampResponse,
  ],
  ['ocsp-response', 'ocsp', mutateDer, ['encoding-invalid'], parseOcspResponse],
  ['crl', 'crls', mutateDer, ['encoding-invalid'], parseCrl],
  [
    'trust-policy',
    'policies',
    mutateJson,
    ['policy-invalid'],
    (input) => ifJson(input, parseTrustPolicy),
  ],
  [
    'blob-trust-policy',
    'policies',
    mutateJson,
    ['policy-invalid'],
    (input) => ifJson(input, parseBlobTrustPolicy),
  ],
  [
    'trust-bundle',
    'bundles',
    mutateJson,
    ['policy-invalid', 'trust-store-invalid'],
    (input) => ifJson(input, (json) => parseTrustBundle(json, nodeCrypto)),
  ],
  ['distinguished-name', 'texts', mutateBytes, [], (input) => readDistinguishedName(latin1(input))],
  [
    'reference',
    'references',
    mutateBytes,
    ['reference-invalid'],
    (input) => parseReference(latin1(input)),
  ],
  [
    'signature-manifest',
    'signatureManifests',
    mutateJson,
    ['envelope-malformed'],
    (input) => parseSignatureManifest(MANIFEST, input),
  ],
  [
    'image-index',
    'indexes',
    mutateJson,
    ['encoding-invalid'],
    (input) => parseImageIndex(input, INDEX),
  ],
  [
    'referrers-index',
    'indexes',
    mutateJson,
    ['registry-answer-invalid'],
    (input) => parseReferrersIndex(input, 'the registry'),
  ],
  [
    'plugin-metadata-request',
    'pluginRequests',
    mutateJson,
    ['request-invalid'],
    parseMetadataRequest,
  ],
  [
    'plugin-key-request',
    'pluginRequests',
    mutateJson,
    ['request-invalid', 'contract-version-unsupported'],
    parseKeyRequest,
  ],
  [
    'plugin-signature-request',
    'pluginRequests',
    mutateJson,
    ['request-invalid', 'contract-version-unsupported'],
    parseSignatureRequest,
  ],
  ['stm-keypair', 'stmAnswers', mutateJson, ['signer-answer-invalid'], parseKeypairAnswer],
  ['stm-keypairs', 'stmAnswers', mutateJson, ['signer-answer-invalid'], parseKeypairPage],
  ['stm-signature', 'stmAnswers', mutateJson, ['signer-answer-invalid'], parseSignAnswer],
  ['stm-problem', 'stmAnswers', mutateJson, [], readProblemBody],
]

/** All targets. */
export function createTargets(): readonly Target[] {
  const samples = makeSamples()
  const readers = ROWS.map(([name, kind, mutate, codes, run]): Target => {
    const make = (random: Random) => {
      const input = mutateAny(random, random.pick(samples[kind]), mutate)
      return { input, run: () => run(input) }
    }
    return { name, codes, make }
  })
  return [...readers, ...createVerdictTargets()]
}

function readerOf(mediaType: EnvelopeMediaType) {
  return (input: Uint8Array) => {
    const envelope = parseEnvelope(mediaType, input)
    return envelopeFormat(mediaType).parseHeader(envelope.protectedHeader)
  }
}

function inspectorOf(mediaType: EnvelopeMediaType) {
  return (envelope: Uint8Array) => inspectSignature({ mediaType, envelope }, nodeCrypto)
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** What reads values gets only what the reader of JSON has let through. */
function ifJson<T>(input: Uint8Array, read: (json: JsonValue) => T): T | undefined {
  const json = jsonOf(input)
  return json === undefined ? undefined : read(json)
}

function jsonOf(input: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(input)
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return undefined
    throw error
  }
}
