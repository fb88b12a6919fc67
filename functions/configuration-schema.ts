// The shape of the CONFIG document, setting by setting. What settings mean together stands in configuration.ts.

import { z } from 'zod'
import type { SigningAlgorithm } from '../shared/algorithm.ts'
import { checkScope } from '../shared/policy/scope.ts'
import { SIGNATURE_ALGORITHM_NAMES } from '../shared/stm/signature-algorithm.ts'

/** What a caller may be granted; `generate-signature` signs for every repository, as its payload names none. */
export const PERMISSIONS = ['describe-key', 'generate-signature', 'sign', 'verify'] as const
/** One of PERMISSIONS. */
export type Permission = (typeof PERMISSIONS)[number]

/** Stands for every key, or every repository of the configured registries. */
export const ANY = '*'

const SIGNING_ALGORITHMS = Object.keys(SIGNATURE_ALGORITHM_NAMES) as readonly SigningAlgorithm[]

const hostSchema = z
  .string()
  .regex(
    /^[a-zA-Z0-9.-]+(:[0-9]{1,5})?$|^\[[0-9a-fA-F:]+\](:[0-9]{1,5})?$/,
    'must be a host, or host:port, without scheme or path',
  )

const repositorySchema = z
  .string()
  .refine(
    (text) => text === ANY || checkScope(text) === undefined,
    `must be host/repository, or "${ANY}"`,
  )

const callerSchema = z.strictObject({
  name: z.string().min(1),
  tokenSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the token in lower-case hexadecimal'),
  permissions: z.array(z.enum(PERMISSIONS)),
  keys: z.array(z.string().min(1)).default([]),
  repositories: z.array(repositorySchema).default([]),
})

const registrySchema = z.strictObject({
  host: hostSchema,
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  publicRepositories: z.array(z.string().min(1)).default([]),
})

const timestampAuthoritySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes'),
  url: z.url({ protocol: /^https?$/ }).optional(),
  rootCertificates: z.array(z.string().min(1)).min(1),
})

const stmSchema = z.strictObject({
  chainCertificates: z.array(z.string().min(1)).default([]),
  signatureAlgorithmNames: z
    .strictObject(
      Object.fromEntries(SIGNING_ALGORITHMS.map((name) => [name, z.string().min(1).optional()])),
    )
    .default({}),
})

/** The document as it is written. */
export const configurationSchema = z.strictObject({
  callers: z.array(callerSchema).default([]),
  registries: z.array(registrySchema).default([]),
  insecureRegistries: z.array(hostSchema).default([]),
  timestampAuthorities: z.array(timestampAuthoritySchema).default([]),
  anonymousVerifyByEnvelope: z.boolean().default(false),
  stm: stmSchema.optional(),
})

/** What the document says, each setting alone checked. */
export type ConfigurationDocument = z.output<typeof configurationSchema>
