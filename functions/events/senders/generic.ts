// Events of this project's own shape, for whatever has no type: a list of what was pushed.

import { z } from 'zod'
import type { JsonValue } from '../../../shared/json.ts'
import { MAX_EVENT_HINTS, MAX_REFERENCE_CHARACTERS } from '../../limits.ts'
import { malformedEvent } from '../json-members.ts'
import type { ReadEvents, SourceType } from '../source-type.ts'

const nameSchema = z.string().min(1).max(MAX_REFERENCE_CHARACTERS)

/** `{ "events": [{ "repository", "digest"?, "tag"?, "mediaType"? }] }`; what was not pushed is left out. */
export const genericEventsSchema = z.strictObject({
  events: z
    .array(
      z.strictObject({
        repository: nameSchema,
        digest: nameSchema.optional(),
        tag: nameSchema.optional(),
        mediaType: nameSchema.optional(),
      }),
    )
    .max(MAX_EVENT_HINTS),
})

/** This project's own shape. */
export const GENERIC: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['hmac', 'bearer', 'basic', 'header', 'path', 'google', 'entra'],
  hmac: [{ header: 'X-Hub-Signature-256', hash: 'SHA-256', prefix: 'sha256=' }],
  acknowledgesBadBodies: false,
  readEvents: readBody,
}

function readBody(body: JsonValue): ReadEvents {
  const { data, error } = genericEventsSchema.safeParse(body)
  if (data !== undefined) return { hints: data.events, ignored: {} }
  const path = error.issues[0]?.path.join('.') ?? ''
  throw malformedEvent(path === '' ? 'it has another shape' : `"${path}" is wrong or missing`)
}
