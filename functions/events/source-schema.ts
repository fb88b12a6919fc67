// The shape of one entry of CONFIG setting `sources`. What its settings mean together stands in event-source.ts.

import { z } from 'zod'
import { findGlobFault } from '../glob.ts'
import { SOURCE_TYPE_NAMES } from './source-types.ts'

/** Fewer characters could be tried through: 16 of base64url are 96 bits. */
const MIN_SECRET_CHARACTERS = 16
/** Event Grid in Azure's public cloud; other clouds have another. */
const EVENT_GRID_APP_ID = '4962773b-9cdb-44cf-a8bf-237846a00ab7'

/** Visible ASCII: what goes through a header unchanged. */
const secretSchema = z
  .string()
  .min(MIN_SECRET_CHARACTERS, `must have at least ${MIN_SECRET_CHARACTERS} characters`)
  .regex(/^[!-~](?:[ -~]*[!-~])?$/, 'must be visible ASCII characters')
const pathSecretSchema = z
  .string()
  .min(MIN_SECRET_CHARACTERS, `must have at least ${MIN_SECRET_CHARACTERS} characters`)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be letters, digits, "-" and "_", as it stands in an address')
/** Tokens have them in lower case. */
const guidSchema = z.guid().toLowerCase()

const authSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('bearer'), secret: secretSchema }),
  z.strictObject({
    method: z.literal('basic'),
    username: z.string().regex(/^[^:]+$/, 'must have no colon, and be there'),
    secret: secretSchema,
  }),
  z.strictObject({
    method: z.literal('header'),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header')
      .optional(),
    secret: secretSchema,
  }),
  z.strictObject({ method: z.literal('hmac'), secret: secretSchema }),
  z.strictObject({ method: z.literal('path'), secret: pathSecretSchema }),
  z.strictObject({ method: z.literal('google'), audience: z.string().min(1), email: z.email() }),
  z.strictObject({
    method: z.literal('entra'),
    tenant: guidSchema,
    audience: z.string().min(1),
    appId: guidSchema.default(EVENT_GRID_APP_ID),
  }),
])

const globSchema = z.string().superRefine((glob, context) => {
  const message = findGlobFault(glob)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

/** An entry as it is written. */
export const sourceSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes'),
  type: z.enum(SOURCE_TYPE_NAMES),
  registry: z.string().min(1),
  repositories: z.array(globSchema).min(1),
  auth: authSchema,
  origins: z.array(z.string().min(1)).optional(),
})
/** An entry, each setting alone checked. */
export type SourceDocument = z.output<typeof sourceSchema>
