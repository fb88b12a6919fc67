// Which problems each operation may answer with. Tests hold every answer to it.

import type { ErrorCode } from '../../shared/errors.ts'
import type { AuditEvent } from '../audit.ts'

/** An operation of the API. */
export type OperationName = Exclude<AuditEvent, 'error' | 'sign-by-rule'>

/** Of every operation: who asks, how the server is set up (Workers find out with each request), what only the log explains. */
const ALWAYS = [
  'request-invalid',
  'configuration-invalid',
  'policy-invalid',
  'trust-store-invalid',
  'caller-unauthenticated',
  'caller-forbidden',
  'issuer-unavailable',
  'method-not-allowed',
  'internal',
] as const satisfies readonly ErrorCode[]

/** Of every one that reads a JSON body. */
const OF_BODIES = [
  'request-too-large',
  'media-type-unsupported',
] as const satisfies readonly ErrorCode[]

/** Of every one that may take long, or much: see Capacity. */
const OF_CAPACITY = ['too-busy'] as const satisfies readonly ErrorCode[]

/** Of every one that is answered without a token, if only with 401: see Deps.admitAnonymous. */
const OF_ANYONE = ['caller-throttled'] as const satisfies readonly ErrorCode[]

/** Of every one that reads from a registry. */
const OF_REGISTRIES = [
  'reference-invalid',
  'artifact-unknown',
  'registry-not-allowed',
  'registry-denied',
  'registry-throttled',
  'registry-timeout',
  'registry-unavailable',
  'registry-answer-invalid',
] as const satisfies readonly ErrorCode[]

/** Of every one that asks Software Trust Manager. */
const OF_KEYS = [
  'credential-invalid',
  'key-unknown',
  'key-unsupported',
  'certificate-malformed',
  'chain-invalid',
  'signer-denied',
  'signer-throttled',
  'signer-timeout',
  'signer-unavailable',
  'signer-answer-invalid',
] as const satisfies readonly ErrorCode[]

/** What we signed is verified before it is given out: these would be faults of ours. */
const OF_ENVELOPES = [
  'encoding-invalid',
  'envelope-malformed',
  'signature-mismatch',
  'payload-mismatch',
] as const satisfies readonly ErrorCode[]

/** Codes by operation. */
export const PROBLEMS = {
  'describe-key': [
    ...ALWAYS,
    ...OF_ANYONE,
    ...OF_BODIES,
    ...OF_KEYS,
    'contract-version-unsupported',
  ],
  'generate-signature': [
    ...ALWAYS,
    ...OF_ANYONE,
    ...OF_BODIES,
    ...OF_KEYS,
    ...OF_CAPACITY,
    'contract-version-unsupported',
    'signature-unaccounted',
  ],
  sign: [
    ...ALWAYS,
    ...OF_ANYONE,
    ...OF_BODIES,
    ...OF_KEYS,
    ...OF_REGISTRIES,
    ...OF_ENVELOPES,
    ...OF_CAPACITY,
    'signature-unaccounted',
    'timestamp-invalid',
    'timestamp-unavailable',
    'check-unsupported',
    'queue-unavailable',
  ],
  verify: [
    ...ALWAYS,
    ...OF_ANYONE,
    ...OF_BODIES,
    ...OF_CAPACITY,
    ...OF_REGISTRIES,
    'check-unsupported',
  ],
  'verify-blob': [...ALWAYS, ...OF_ANYONE, ...OF_BODIES, ...OF_CAPACITY, 'check-unsupported'],
  inspect: [...ALWAYS, ...OF_ANYONE, ...OF_BODIES, ...OF_CAPACITY, ...OF_REGISTRIES],
  signatures: [...ALWAYS, ...OF_ANYONE, ...OF_REGISTRIES],
  'signing-status': [...ALWAYS, ...OF_ANYONE, ...OF_REGISTRIES, 'queue-unavailable'],
  'signing-jobs': [...ALWAYS, ...OF_ANYONE, 'queue-unavailable'],
  'replay-signing-job': [...ALWAYS, ...OF_ANYONE, 'queue-unavailable', 'job-unknown'],
  sweep: [...ALWAYS, ...OF_ANYONE, ...OF_BODIES, 'queue-unavailable'],
  'show-sweep': [...ALWAYS, ...OF_ANYONE, 'queue-unavailable', 'job-unknown'],
  'explain-rules': [...ALWAYS, ...OF_ANYONE, ...OF_BODIES, ...OF_REGISTRIES, 'encoding-invalid'],
  events: [...ALWAYS, ...OF_BODIES, ...OF_CAPACITY, 'route-unknown', 'queue-unavailable'],
} as const satisfies Record<OperationName, readonly ErrorCode[]>
