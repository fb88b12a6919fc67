// The shape of signing-rules.json, setting by setting: what is read with it, and what editors check it with.

import { z } from 'zod'
import { envelopeMediaTypeSchema, userMetadataSchema } from '../artifact-schema.ts'
import { MAX_EXPIRY_SECONDS, MAX_KEY_ID_CHARACTERS } from '../limits.ts'

/** Rules of one document: each look goes through all of them. */
const MAX_RULES = 1000
/** Globs of one setting of a rule. */
const MAX_GLOBS = 100
/** A repository with its host has at most 511 characters, and a glob for it seldom more. */
const MAX_GLOB_CHARACTERS = 512
/** What a rule may sign a day at most, where it says so: more is no limit. */
const MAX_SIGNATURES_PER_DAY = 1_000_000

const globsSchema = z.array(z.string().min(1).max(MAX_GLOB_CHARACTERS)).min(1).max(MAX_GLOBS)

const ruleSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{0,63}$/,
      'must be at most 64 lower-case letters, digits, dots and dashes',
    )
    .describe('Names the rule in statuses, in the audit log and in metrics'),
  repositories: globsSchema.describe(
    'Globs of repositories with their host, such as "registry.example.com/team/**"; the host is written out',
  ),
  excludeRepositories: globsSchema
    .optional()
    .describe('Globs of repositories that the rule leaves out'),
  tags: globsSchema
    .optional()
    .describe(
      'Globs of tags, such as "v*"; left out, every tag. An image is signed as long as one such tag points to it',
    ),
  excludeTags: globsSchema.optional().describe('Globs of tags that the rule leaves out'),
  untagged: z
    .boolean()
    .default(false)
    .describe('Whether manifests that are pushed by digest alone are signed for their own sake'),
  artifactTypes: z
    .array(z.string().min(1).max(255))
    .min(1)
    .max(MAX_GLOBS)
    .optional()
    .describe(
      'Artifact types, or config media types, to sign; left out, container images and indexes. An index without an artifact type counts as a container image, and as of its own media type',
    ),
  sign: z
    .enum(['index', 'children', 'both'])
    .default('both')
    .describe('What of an image index is signed: the index, the images that it lists, or both'),
  keyId: z.string().min(1).max(MAX_KEY_ID_CHARACTERS).describe('Alias or id of the keypair'),
  signatureMediaType: envelopeMediaTypeSchema
    .default('application/jose+json')
    .describe('Format of the signature envelope'),
  timestampAuthority: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Name of an entry of CONFIG setting "timestampAuthorities"'),
  expirySeconds: z
    .int()
    .min(1)
    .max(MAX_EXPIRY_SECONDS)
    .optional()
    .describe('Seconds from signing to expiry; another signature is made before it ends'),
  userMetadata: userMetadataSchema.optional().describe('Pairs that are signed with the artifact'),
  require: z
    .strictObject({
      signedBy: z
        .string()
        .min(1)
        .describe('Name of a statement of the trust policy that a signature must satisfy first'),
    })
    .optional()
    .describe('What must hold before the rule signs; until then it waits'),
  maxSignaturesPerDay: z
    .int()
    .min(1)
    .max(MAX_SIGNATURES_PER_DAY)
    .optional()
    .describe('Signatures that the rule makes on one day (UTC); what is more is held'),
})

/** The document as it is written. */
export const signingRulesSchema = z.strictObject({
  $schema: z.string().optional().describe('Where editors find this schema'),
  version: z.literal('1.0'),
  rules: z.array(ruleSchema).max(MAX_RULES),
})
/** One rule as it is written. */
export type WrittenRule = z.output<typeof ruleSchema>

/** The JSON Schema of the document. */
export function createRulesJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(signingRulesSchema, {
    io: 'input',
    // What user metadata are is said beside their check.
    unrepresentable: 'any',
  })
  return { $schema, title: 'Signing rules of notation-digicert-stm', ...schema }
}
