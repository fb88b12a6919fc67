// How each code of the API's problems is provoked. What is in no list of this file fails the suite.

import type { Fault } from '../../emulator/faults.ts'
import type { ProfileName } from '../../emulator/profiles.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { FailingRepository } from './failing-registry.ts'
import { NO_REGISTRY, REPOSITORY, type TOKENS, type World } from './world.ts'

/** A request that is answered with a problem. */
export interface Provocation {
  readonly code: ErrorCode
  /** What is wrong, where the code does not say it. */
  readonly how?: string
  readonly path: string
  /** Text is sent as it is. */
  readonly body: (world: World) => object | string
  readonly method?: string
  readonly contentType?: string
  /** The operator's, who may do all but generate-signature, unless it is another or none. */
  readonly token?: keyof typeof TOKENS | null
  /** What the emulator does meanwhile. */
  readonly faults?: readonly Fault[]
  readonly profile?: ProfileName
  readonly retryAfter?: string
}

const EMPTY = (): object => ({})
const describeKey = (keyId: string) => () => ({ contractVersion: '1.0', keyId })
const sign = ({ registry }: World): object => ({
  reference: `${registry.host}/${REPOSITORY}:v1`,
  keyId: 'my-key',
})
const signWithTimestamp = (world: World): object => ({
  ...sign(world),
  timestampAuthority: 'emulator',
})
const from =
  (repository: FailingRepository) =>
  ({ failing }: World): object => ({ reference: `${failing.host}/${repository}:v1` })

/** One for each way. */
export const PROVOCATIONS: readonly Provocation[] = [
  { code: 'request-invalid', path: '/v1/verify', body: () => '{"reference":' },
  { code: 'request-too-large', path: '/v1/sign', body: () => 'x'.repeat(1024 * 1024) },
  { code: 'media-type-unsupported', path: '/v1/verify', body: EMPTY, contentType: 'text/plain' },
  { code: 'method-not-allowed', path: '/v1/verify', body: EMPTY, method: 'PUT' },
  { code: 'route-unknown', path: '/v1/none', body: EMPTY },
  {
    code: 'contract-version-unsupported',
    path: '/v1/describe-key',
    body: () => ({ contractVersion: '2.0', keyId: 'my-key' }),
  },
  { code: 'reference-invalid', path: '/v1/verify', body: () => ({ reference: 'no reference' }) },
  { code: 'caller-unauthenticated', path: '/v1/sign', body: EMPTY, token: null },
  { code: 'caller-forbidden', path: '/v1/generate-signature', body: EMPTY },
  {
    code: 'registry-not-allowed',
    path: '/v1/verify',
    body: () => ({ reference: 'elsewhere.example/team/app:v1' }),
  },
  {
    code: 'artifact-unknown',
    path: '/v1/verify',
    body: ({ registry }) => ({ reference: `${registry.host}/${REPOSITORY}:none` }),
  },
  { code: 'registry-denied', path: '/v1/verify', body: from('denied') },
  { code: 'registry-throttled', path: '/v1/verify', body: from('throttled'), retryAfter: '7' },
  { code: 'registry-unavailable', path: '/v1/verify', body: from('unavailable') },
  { code: 'registry-unavailable', how: 'breaks off', path: '/v1/verify', body: from('broken') },
  {
    code: 'registry-unavailable',
    how: 'is not there',
    path: '/v1/verify',
    body: () => ({ reference: `${NO_REGISTRY}/app:v1` }),
  },
  { code: 'registry-answer-invalid', path: '/v1/verify', body: from('senseless') },
  // No trust policy for blobs is in the bundle.
  {
    code: 'policy-invalid',
    path: '/v1/verify-blob',
    body: () => ({ blob: { content: '' }, signature: { envelope: '' } }),
  },
  { code: 'key-unknown', path: '/v1/describe-key', body: describeKey('no-such-key') },
  { code: 'key-unsupported', path: '/v1/describe-key', body: describeKey('ed25519') },
  {
    code: 'key-unsupported',
    how: 'has expired',
    path: '/v1/describe-key',
    body: describeKey('expired-key'),
  },
  {
    code: 'chain-invalid',
    path: '/v1/describe-key',
    body: describeKey('my-key'),
    profile: 'root-absent',
  },
  {
    code: 'signer-denied',
    path: '/v1/sign',
    body: sign,
    faults: [{ on: 'sign', answer: 'forbidden' }],
  },
  {
    code: 'signer-throttled',
    path: '/v1/sign',
    body: sign,
    faults: [{ on: 'sign', answer: 'throttled', retryAfterSeconds: 600 }],
    retryAfter: '600',
  },
  {
    code: 'signer-unavailable',
    path: '/v1/describe-key',
    body: describeKey('my-key'),
    faults: [{ on: 'list-keypairs', answer: 'server-error' }],
  },
  {
    code: 'signer-answer-invalid',
    path: '/v1/describe-key',
    body: describeKey('my-key'),
    faults: [{ on: 'list-keypairs', answer: 'html' }],
  },
  {
    code: 'signature-unaccounted',
    path: '/v1/sign',
    body: sign,
    faults: [{ on: 'sign', answer: 'reset' }],
  },
  {
    code: 'timestamp-unavailable',
    path: '/v1/sign',
    body: signWithTimestamp,
    faults: [{ on: 'timestamp', answer: 'server-error' }],
  },
  {
    code: 'timestamp-invalid',
    path: '/v1/sign',
    body: signWithTimestamp,
    faults: [{ on: 'timestamp', answer: 'wrong-imprint' }],
  },
]

/** Codes that no request provokes here, and why. */
export const UNPROVOKED = {
  internal: 'a mistake in the program',
  'encoding-invalid': 'a mistake in the program',
  'envelope-malformed': 'of an envelope that we signed: a mistake in the program',
  'signature-mismatch': 'of an envelope that we signed: a mistake in the program',
  'payload-mismatch': 'of an envelope that we signed: a mistake in the program',
  'certificate-malformed': 'the emulator has no malformed certificate',
  'signer-timeout':
    'takes as long as a call to Software Trust Manager may: tested at the transports',
  'registry-timeout': 'takes as long as a registry is waited for: tested at the transport',
  'issuer-unavailable': 'needs an issuer over https: provoked in issuer-callers.ts',
  'too-busy': 'of a server that does as much as it may: provoked in operations.ts',
  'caller-throttled': 'of a Worker that is asked too often: tested at the Worker',
  'configuration-invalid': 'of a server that is set up otherwise: tested at the start',
  'job-unknown': 'of a server with a signing queue: tested at the queue',
  'queue-unavailable': 'of a server with a signing queue: tested at the queue',
  'credential-invalid': 'of a server that is set up otherwise: tested at the start',
  'trust-store-invalid': 'of a server that is set up otherwise: tested at the start',
  'check-unsupported': 'of a server that asks no revocation servers',
} as const satisfies Partial<Record<ErrorCode, string>>
