// The shapes of answers about signing by rules: statuses, jobs, rules, sweeps.

import { z } from 'zod'
import { NOT_APPLYING } from '../rules/match-rules.ts'
import { SIGNING_STATES } from '../signing/subject-state.ts'

const profileSchema = z.strictObject({
  keyId: z.string(),
  signatureMediaType: z.enum(['application/jose+json', 'application/cose']),
  timestampAuthority: z.string().optional(),
  expirySeconds: z.int().optional(),
  userMetadata: z.record(z.string(), z.string()).optional(),
})
const timeSchema = z.iso.datetime()
const digestSchema = z.string().describe('sha256:…')
const reasonShape = {
  code: z.string().optional().describe('why it is not COMPLETE'),
  message: z.string().optional(),
}

/** 200 of `GET /v1/signing-status`. */
export const signingStatusAnswer = z.strictObject({
  artifact: z.strictObject({ reference: z.string().describe('registry/repository@digest') }),
  state: z
    .literal('PENDING')
    .optional()
    .describe('a look at the artifact waits, and may change what follows; else left out'),
  ...reasonShape,
  signatures: z.array(
    z.strictObject({
      profile: profileSchema,
      rules: z.array(z.string()).describe('empty where only a caller asked for it'),
      state: z.enum(SIGNING_STATES),
      ...reasonShape,
      signRequests: z.int().min(0).describe('requests for a signature, failed ones included'),
      manifestDigest: digestSchema.optional(),
      certificateSha256: z.string().optional().describe('of the leaf certificate'),
      expiresAt: timeSchema.optional(),
      requestedAt: timeSchema,
      updatedAt: timeSchema,
      completedAt: timeSchema.optional(),
    }),
  ),
})

const taskSchema = z.union([
  z.strictObject({
    kind: z.literal('look'),
    registry: z.string(),
    repository: z.string(),
    digest: digestSchema.optional(),
    tag: z.string().optional(),
    parent: z
      .strictObject({
        digest: digestSchema,
        rules: z.array(z.string()),
        depth: z.int(),
        roots: z.array(z.strictObject({ tag: z.string(), digest: digestSchema })).optional(),
      })
      .optional(),
    reason: z.enum(['event', 'parent', 'signature', 'sweep']),
    source: z.string().optional(),
    heardAt: timeSchema,
    isReplayed: z.literal(true).optional().describe('it was a dead letter'),
  }),
  z.strictObject({
    kind: z.literal('sweep'),
    run: z.string(),
    step: z.int().min(0),
  }),
])

/** 200 of `GET /v1/signing-jobs`. */
export const signingJobsAnswer = z.strictObject({
  jobs: z.array(
    z.strictObject({
      id: z.string(),
      task: taskSchema,
      state: z.enum(['queued', 'active', 'dead']),
      attempts: z.int().min(0),
      code: z.string().optional(),
      message: z.string().optional(),
      createdAt: timeSchema,
      updatedAt: timeSchema,
    }),
  ),
  next: z.string().optional().describe('"after" of the next page'),
})

/** 200 of `POST /v1/signing-jobs/{id}/replay`. */
export const replayAnswer = z.strictObject({ id: z.string(), replayed: z.literal(true) })

/** 200 of `POST /v1/rules/explain`. */
export const explainAnswer = z.strictObject({
  artifact: z.strictObject({
    reference: z.string(),
    descriptor: z
      .strictObject({ mediaType: z.string(), digest: digestSchema, size: z.int() })
      .optional()
      .describe('left out where the request says what the artifact is'),
  }),
  rules: z.array(
    z.union([
      z.strictObject({
        name: z.string(),
        applies: z.literal(true),
        signsItself: z.boolean(),
        signsChildren: z.boolean(),
        profile: profileSchema,
        conditions: z
          .strictObject({
            signedBy: z.string().optional(),
            maxSignaturesPerDay: z.int().optional(),
          })
          .describe('decided when it is signed: until they hold it is WAITING or HELD'),
      }),
      z.strictObject({
        name: z.string(),
        applies: z.literal(false),
        reason: z.enum(NOT_APPLYING),
      }),
    ]),
  ),
})

/** 200 of `POST` and `GET /v1/sweep`. */
export const sweepAnswer = z.strictObject({
  id: z.string(),
  dryRun: z.boolean(),
  state: z.enum(['running', 'done']),
  startedAt: timeSchema,
  updatedAt: timeSchema,
  at: z.string().optional().describe('the repository, or the registry, that it is at'),
  counts: z.strictObject({
    repositories: z.int().min(0),
    tags: z.int().min(0),
    due: z.int().min(0),
    postponed: z.int().min(0).describe('of those, for another day'),
  }),
  due: z.array(
    z.strictObject({
      reference: z.string(),
      reason: z.enum(['unsigned', 'certificate-replaced', 'expiring', 'not-listed']),
    }),
  ),
  orphanedTags: z.array(z.string()).describe('of referrers whose image is gone'),
  errors: z.array(
    z.strictObject({
      rule: z.string().optional(),
      registry: z.string(),
      repository: z.string().optional(),
      code: z.string(),
      message: z.string(),
    }),
  ),
})
