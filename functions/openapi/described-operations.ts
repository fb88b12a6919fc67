// What the OpenAPI document says of each operation: its texts, its schemas, where it lies.

import type { z } from 'zod'
import { genericEventsSchema } from '../events/senders/generic.ts'
import { inspectSchema } from '../inspect.ts'
import { describeKeySchema, generateSignatureSchema } from '../plugin-contract.ts'
import { explainSchema } from '../rules/explain.ts'
import { signSchema } from '../sign.ts'
import { sweepSchema } from '../sweep/sweep.ts'
import { verifySchema } from '../verify.ts'
import { verifyBlobSchema } from '../verify-blob.ts'
import {
  describeKeyAnswer,
  eventsAnswer,
  generateSignatureAnswer,
  inspectAnswer,
  signAnswer,
  signaturesAnswer,
  verifyAnswer,
  verifyBlobAnswer,
} from './answers.ts'
import type { OperationName } from './problems.ts'
import {
  explainAnswer,
  replayAnswer,
  signingJobsAnswer,
  signingStatusAnswer,
  sweepAnswer,
} from './signing-answers.ts'

/** One parameter of a query. */
export interface QueryParameter {
  readonly name: string
  readonly required: boolean
  readonly description: string
}

/** A segment of a path that differs from request to request. */
export interface PathParameter {
  readonly name: string
  readonly description: string
  readonly example: string
}

/** What the document says of an operation. */
export interface DescribedOperation {
  readonly summary: string
  readonly description: string
  /** GET where there is no request, else POST, unless given. */
  readonly method?: 'post'
  /** Left out where no body is read. */
  readonly request?: z.ZodType
  readonly query?: readonly QueryParameter[]
  /** `/v1/` and the name where it is left out. */
  readonly path?: string
  /** Those that stand in the path in braces. */
  readonly pathParameters?: readonly PathParameter[]
  /** 200 where it is left out. */
  readonly status?: 202
  readonly answer: z.ZodType
  /** Whether it also answers without a token, as far as the server lets it. */
  readonly isOpen: boolean
}

/** Every operation by its name. */
export const DESCRIBED_OPERATIONS: Readonly<Record<OperationName, DescribedOperation>> = {
  'describe-key': {
    summary: 'Describe a key',
    description:
      'Request and response of the notation plugin contract, unchanged. Needs the permission "describe-key" and the key.',
    request: describeKeySchema,
    answer: describeKeyAnswer,
    isOpen: false,
  },
  'generate-signature': {
    summary: 'Sign Notary Project signing input',
    description:
      'Request and response of the notation plugin contract, unchanged. Signs only what parses as Notary Project signing input for the key; that names no repository, so the permission "generate-signature" covers all.',
    request: generateSignatureSchema,
    answer: generateSignatureAnswer,
    isOpen: false,
  },
  sign: {
    summary: 'Sign an artifact',
    description:
      'With "reference" the signature is pushed as a referrer of the artifact; with "artifactReference" and "descriptor" the envelope is only given back. Needs the permission "sign", the key and the repository.',
    request: signSchema,
    answer: signAnswer,
    isOpen: false,
  },
  verify: {
    summary: 'Verify the signatures of an artifact',
    description:
      'The verdict of the trust policy, and for each signature each check. "verified": false is an answer; what could not be decided is a problem. With a reference "index" tells what of an image index is verified: the index (default), its "children", "both", or the children for a platform such as "linux/arm64"; there is no verdict on those that are listed as skipped.',
    request: verifySchema,
    answer: verifyAnswer,
    isOpen: true,
  },
  'verify-blob': {
    summary: 'Verify the detached signature of a blob',
    description: 'By the trust policy for blobs. The blob is sent, or its digests and size.',
    request: verifyBlobSchema,
    answer: verifyBlobAnswer,
    isOpen: true,
  },
  inspect: {
    summary: 'Show what signatures say of themselves',
    description: 'Nothing is verified, and no trust policy is asked.',
    request: inspectSchema,
    query: [
      {
        name: 'format',
        required: false,
        description: '"notation-2" (default), or "notation-1.3" for what that version prints',
      },
    ],
    answer: inspectAnswer,
    isOpen: true,
  },
  signatures: {
    summary: "List an artifact's signatures",
    description: 'The manifests alone: no envelope is fetched. Needs the permission "verify".',
    query: [
      {
        name: 'reference',
        required: true,
        description: 'registry/repository:tag or registry/repository@digest',
      },
    ],
    answer: signaturesAnswer,
    isOpen: true,
  },
  'signing-status': {
    summary: 'Show how far the signatures of an artifact are',
    description:
      'One entry for each signing profile, as the rules and callers asked for it; "state" is PENDING from the event on until a worker has looked at the artifact. "wait" has the answer come as soon as nothing is to change by itself, or after so many seconds. Needs the permission "sign" or "verify", and the repository.',
    query: [
      {
        name: 'reference',
        required: true,
        description: 'registry/repository:tag or registry/repository@digest',
      },
      { name: 'wait', required: false, description: 'seconds, 0 to 30; 0 unless given' },
    ],
    answer: signingStatusAnswer,
    isOpen: false,
  },
  'signing-jobs': {
    summary: 'List jobs of the signing queue',
    description:
      'Oldest first. Dead letters are kept for 30 days. Needs the permission "jobs"; jobs of repositories that the caller has not are left out.',
    query: [
      { name: 'state', required: false, description: '"dead" (default), "queued" or "active"' },
      { name: 'limit', required: false, description: '1 to 200; 50 unless given' },
      { name: 'after', required: false, description: '"next" of the page before' },
    ],
    answer: signingJobsAnswer,
    isOpen: false,
  },
  'replay-signing-job': {
    summary: 'Queue a dead letter again',
    description: 'From its first attempt. Needs the permission "jobs", and its repository.',
    method: 'post',
    path: '/v1/signing-jobs/{id}/replay',
    pathParameters: [
      { name: 'id', description: 'of the job', example: '0b9e3a38-6f37-4f0c-9d0b-2f6c4c1f8a11' },
    ],
    answer: replayAnswer,
    isOpen: false,
  },
  sweep: {
    summary: 'Look through everything that the rules name',
    description:
      'Starts a run, or gives the one that is under way. What is unsigned, signed by a replaced certificate, about to expire, or no longer listed is looked at as if it had just been pushed; with "dryRun" it is only listed. Needs the permission "sweep".',
    request: sweepSchema,
    answer: sweepAnswer,
    isOpen: false,
  },
  'show-sweep': {
    summary: 'Show how far a sweep is',
    description: 'Of each list the first hundred entries. Needs the permission "sweep".',
    path: '/v1/sweep',
    query: [
      { name: 'run', required: false, description: 'id of the run; the latest unless given' },
    ],
    answer: sweepAnswer,
    isOpen: false,
  },
  'explain-rules': {
    summary: 'Explain which rules an image meets',
    description:
      'As if it was pushed now, under the tag of the reference or by its digest alone; nothing is signed. With a media type nothing is asked of the registry, so the artifact need not be there. Needs the permission "sign" or "verify", and the repository.',
    request: explainSchema,
    path: '/v1/rules/explain',
    answer: explainAnswer,
    isOpen: false,
  },
  events: {
    summary: 'Tell of pushed artifacts',
    description:
      'For registries: body and authentication are those of the type of the source in CONFIG setting "sources"; here is the body of type "generic". What the source may tell of is looked at soon, and signed if a rule wants it; the rest is counted. Answers 200 to a body that only asks whether this is a receiver.',
    request: genericEventsSchema,
    path: '/v1/events/{source}',
    pathParameters: [{ name: 'source', description: 'name of a source', example: 'main' }],
    status: 202,
    answer: eventsAnswer,
    isOpen: true,
  },
}

/** The path of an operation, with names of parameters in braces. */
export function pathOf(name: OperationName): string {
  return DESCRIBED_OPERATIONS[name].path ?? `/v1/${name}`
}
