// Request bodies: size-limited, strict JSON, checked against a schema. Nothing of a body is ever echoed.

import type { z } from 'zod'
import { concatBytes, decodeUtf8 } from '../shared/bytes.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import { parseJson } from '../shared/json.ts'
import type { ByteRoom } from './capacity.ts'
import { UNVERIFIED_BODY_TIMEOUT_MS } from './limits.ts'

const JSON_MEDIA_TYPE = /^application\/json\s*(;|$)/i

/**
 * Reads a JSON body of a known shape.
 *
 * @param maxBytes - a longer body is refused before it is read whole
 * @throws {NotationError} `media-type-unsupported` | `request-too-large` | `request-invalid`, naming the first fault
 */
export async function readJsonBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  maxBytes: number,
): Promise<z.output<Schema>> {
  if (!JSON_MEDIA_TYPE.test(request.headers.get('content-type') ?? '')) {
    throw new NotationError(
      'media-type-unsupported',
      'Cannot read the request: its Content-Type must be application/json',
    )
  }
  const parsed = schema.safeParse(parseBody(await readBodyBytes(request, maxBytes)))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new NotationError(
    'request-invalid',
    `Cannot use the request: ${issue === undefined ? 'its shape is wrong' : describeIssue(issue)}`,
  )
}

/**
 * Reads a body as it came.
 *
 * @param maxBytes - a longer body is refused before it is read whole
 * @throws {NotationError} `request-too-large` | `request-invalid` when it breaks off
 */
export async function readBodyBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN)
  if (announced > maxBytes) throw tooLarge(maxBytes)
  try {
    if (Number.isNaN(announced)) return await readParts(request, maxBytes)
    // Servers end a body at its announced length. Read at once, a whole request to /v1/verify takes a fifth less time.
    const bytes = new Uint8Array(await request.arrayBuffer())
    if (bytes.length > maxBytes) throw tooLarge(maxBytes)
    return bytes
  } catch (cause) {
    throw isNotationError(cause) ? cause : brokenOff(cause)
  }
}

function brokenOff(cause: unknown): NotationError {
  return new NotationError('request-invalid', 'Cannot read the request: its body broke off', {
    cause,
  })
}

/**
 * Reads a body of a sender that is not known yet: while it comes it takes room of all such bodies, for what has come and
 * not for what was announced. One that stalls gives its room back after a while.
 *
 * @throws {NotationError} as readBodyBytes, and `too-busy`
 */
export async function readUnverifiedBytes(
  request: Request,
  maxBytes: number,
  room: ByteRoom,
  timeoutMs = UNVERIFIED_BODY_TIMEOUT_MS,
): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN)
  if (announced > maxBytes) throw tooLarge(maxBytes)
  let taken = 0
  try {
    // A body that is read part by part has no time limit of the runtime's own on Deno, and a long one on Node.
    const signal = AbortSignal.timeout(timeoutMs)
    const passed = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>()
    const body = request.body?.pipeThrough(passed, { signal }) ?? null
    return await readParts({ body }, maxBytes, (bytes) => {
      room.take(bytes)
      taken += bytes
    })
  } catch (cause) {
    throw isNotationError(cause) ? cause : brokenOff(cause)
  } finally {
    room.give(taken)
  }
}

async function readParts(
  { body }: Pick<Request, 'body'>,
  maxBytes: number,
  take: (bytes: number) => void = () => {},
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    length += part.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    take(part.length)
    parts.push(part)
  }
  return concatBytes(...parts)
}

function parseBody(bytes: Uint8Array): unknown {
  try {
    return parseJson(decodeUtf8(bytes))
  } catch (cause) {
    throw new NotationError(
      'request-invalid',
      'Cannot read the request: its body is not well-formed JSON',
      { cause },
    )
  }
}

/**
 * Where a fault is and of which kind. zod's own texts quote unknown members, which come from the caller; names of known
 * ones do not, and schemas have no members of other names (see isUserMetadata).
 */
function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = nearestIssue(issue.errors) ?? { ...issue, path: [], errors: [] }
    return describeIssue({ ...nearest, path: [...issue.path, ...nearest.path] })
  }
  const where = issue.path.length === 0 ? 'the body' : `"${issue.path.join('.')}"`
  if (issue.code === 'unrecognized_keys') return `${where} has a member that is not known`
  if (issue.code === 'custom') return `${where} ${issue.message}`
  if (issue.code === 'invalid_type') return `${where} must be of type ${issue.expected}`
  if (issue.code === 'too_big') return `${where} is larger than the limit of ${issue.maximum}`
  if (issue.code === 'too_small')
    return `${where} is smaller than the least value, ${issue.minimum}`
  return `${where} does not have the form that it needs`
}

/** The first fault of the shape that has the fewest: the one that was meant. */
function nearestIssue(
  shapes: readonly (readonly z.core.$ZodIssue[])[],
): z.core.$ZodIssue | undefined {
  const [nearest] = shapes.toSorted((a, b) => a.length - b.length)
  return nearest?.[0]
}

function tooLarge(maxBytes: number): NotationError {
  return new NotationError(
    'request-too-large',
    `Cannot read the request: its body is longer than ${maxBytes} bytes`,
  )
}
