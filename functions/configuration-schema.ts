// The shape of the CONFIG document, setting by setting. What settings mean together stands in configuration.ts.

import { z } from 'zod'
import type { SigningAlgorithm } from '../shared/algorithm.ts'
import { MAX_SIGNATURES } from '../shared/limits.ts'
import { checkScope } from '../shared/policy/scope.ts'
import { SIGNATURE_ALGORITHM_NAMES } from '../shared/stm/signature-algorithm.ts'
import { sourceSchema } from './events/source-schema.ts'
import { MAX_TOKEN_AGE_SECONDS } from './limits.ts'
import { PRESET_NAMES } from './oidc-presets.ts'

/** What a caller may be granted; `generate-signature` signs for every repository, as its payload names none. */
export const PERMISSIONS = [
  'describe-key',
  'generate-signature',
  'sign',
  'verify',
  'jobs',
  'sweep',
] as const
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

/** An issuer has neither query nor fragment (OpenID Connect Discovery 1.0 §3); its keys' URL may have a query. */
const httpsUrlSchema = z
  .url({ protocol: /^https$/, error: 'must be an https URL' })
  .refine((text) => {
    const { username, password, hash } = new URL(text)
    return username === '' && password === '' && hash === ''
  }, 'must be an https URL without user, password and fragment')
const claimValueSchema = z.union([z.string().min(1), z.int(), z.boolean()])

/** Which members go together is said in caller-settings.ts. */
const callerSchema = z.strictObject({
  name: z.string().min(1),
  tokenSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the token in lower-case hexadecimal')
    .optional(),
  certificateSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the certificate in lower-case hexadecimal')
    .optional(),
  preset: z.enum(PRESET_NAMES).optional(),
  issuer: httpsUrlSchema.refine((text) => !text.includes('?'), 'must have no query').optional(),
  jwksUri: httpsUrlSchema.optional(),
  audience: z.string().min(1).optional(),
  claims: z
    .record(z.string().min(1), z.union([claimValueSchema, z.array(claimValueSchema).min(1)]))
    .optional(),
  maxTokenAgeSeconds: z.int().min(60).max(MAX_TOKEN_AGE_SECONDS).optional(),
  permissions: z.array(z.enum(PERMISSIONS)),
  keys: z.array(z.string().min(1)).default([]),
  repositories: z.array(repositorySchema).default([]),
})
/** A caller as it is written. */
export type CallerDocument = z.output<typeof callerSchema>

/** Who may say in a header which client certificate it saw. */
const clientCertificatesSchema = z.strictObject({
  proxies: z.array(z.union([z.ipv4(), z.ipv6()], 'must be an IP address')).min(1),
  header: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header')
    .default('Client-Cert'),
})

const registrySchema = z.strictObject({
  host: hostSchema,
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  publicRepositories: z.array(z.string().min(1)).default([]),
  trustedRealms: z.array(hostSchema).default([]),
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
  clientCertificates: clientCertificatesSchema.optional(),
  registries: z.array(registrySchema).default([]),
  insecureRegistries: z.array(hostSchema).default([]),
  timestampAuthorities: z.array(timestampAuthoritySchema).default([]),
  revocationHosts: z.array(z.string().min(1)).default([]),
  anonymousVerifyByEnvelope: z.boolean().default(false),
  maxSignatures: z.int().min(1).max(MAX_SIGNATURES).default(MAX_SIGNATURES),
  stm: stmSchema.optional(),
  sources: z.array(sourceSchema).default([]),
})

/** What the document says, each setting alone checked. */
export type ConfigurationDocument = z.output<typeof configurationSchema>
