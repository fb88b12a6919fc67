// Requests to begin with, as the reference page and clients' tools show them. Bytes are named, not given.

import type { OperationName } from './problems.ts'

const REFERENCE = 'registry.example.com/team/app:v1'
const DIGEST = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
const ENVELOPE = 'BASE64 OF THE ENVELOPE'

/** A body that each operation takes, or for GET its query. */
export const EXAMPLES: Readonly<Record<OperationName, Readonly<Record<string, unknown>>>> = {
  'describe-key': { contractVersion: '1.0', keyId: 'my-key' },
  'generate-signature': {
    contractVersion: '1.0',
    keyId: 'my-key',
    keySpec: 'RSA-3072',
    hashAlgorithm: 'SHA-384',
    payload: 'BASE64 OF THE SIGNING INPUT',
  },
  sign: { reference: REFERENCE, keyId: 'my-key', userMetadata: { build: '42' } },
  verify: { reference: REFERENCE, userMetadata: { build: '42' } },
  'verify-blob': {
    blob: { content: 'BASE64 OF THE BLOB' },
    signature: { envelope: ENVELOPE },
    policyName: 'release-files',
  },
  inspect: { reference: REFERENCE },
  signatures: { reference: REFERENCE },
  'signing-status': { reference: REFERENCE, wait: 30 },
  'signing-jobs': { state: 'dead', limit: 50 },
  'replay-signing-job': {},
  sweep: { dryRun: true },
  'show-sweep': {},
  'explain-rules': { reference: REFERENCE },
  events: { events: [{ repository: 'team/app', digest: DIGEST, tag: 'v1' }] },
}
