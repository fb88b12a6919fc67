// The types that the API's handlers share with its app, and the two ways in which they answer.

import type { Context } from 'hono'
import type { Requirements } from './access.ts'
import type { Emulation } from './emulation.ts'
import type { Fault } from './faults.ts'
import type { JournalEntry, Mutable, Operation } from './journal.ts'
import { MAX_API_REQUEST_BYTES } from './limits.ts'
import { invalidRequest, REQUEST_TOO_LARGE, type Refusal } from './refusals.ts'
import { CLOSE_CONNECTION, readBody } from './request-body.ts'

/** What the server, or a test without one, binds to a request. */
export interface ApiBindings {
  /** DER of the client certificate of the TLS connection; absent without one. */
  readonly peerCertificate?: Uint8Array
  /** Ends the connection once what was written is sent. */
  readonly endConnection?: () => void
}

/** Hono's environment of the API and of the TSA. */
export interface ApiEnv {
  readonly Bindings: ApiBindings
  readonly Variables: { entry: Mutable<JournalEntry> }
}

/** One row of the API. */
export interface Route {
  readonly operation: Operation
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly requirements: Requirements
  /** @param fault - the fault that meets this answer, for the few that only the handler can commit */
  respond(
    c: Context<ApiEnv>,
    emulation: Emulation,
    fault: Fault | undefined,
  ): Response | Promise<Response>
}

/** Answers with a refusal. */
export function refuse(c: Context<ApiEnv>, { status, body }: Refusal): Response {
  return c.json(body, status, status === 413 ? CLOSE_CONNECTION : undefined)
}

/** The members of a JSON object in the request body, or the refusal of anything else. */
export async function parseJsonObject(
  c: Context<ApiEnv>,
): Promise<{ members: Readonly<Record<string, unknown>> } | { refusal: Refusal }> {
  const bytes = await readBody(c.req.raw, MAX_API_REQUEST_BYTES)
  if (bytes === undefined) return { refusal: REQUEST_TOO_LARGE }
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { members: value as Record<string, unknown> }
  } catch {
    // Fall through: text that is no JSON is refused like JSON that is no object.
  }
  return { refusal: invalidRequest('Request body is not a JSON object') }
}
