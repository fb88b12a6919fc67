// The API with sources of events, and a queue that only remembers.

import { createHmac } from 'node:crypto'
import type { AuditEntry } from '../../functions/audit.ts'
import type { AuthMethod } from '../../functions/events/source-auth.ts'
import type { SourceType } from '../../functions/events/source-type.ts'
import type { SigningEngine } from '../../functions/signing/engine.ts'
import type { FollowUp, Look, SweepStep } from '../../functions/signing/task.ts'
import { NotationError } from '../../shared/errors.ts'
import { createTestApi, REGISTRY, type TestApi } from './api.ts'

export const SECRET = 'a-secret-of-24-character'
export const DIGEST = `sha256:${'ab'.repeat(32)}`
export const OTHER_DIGEST = `sha256:${'cd'.repeat(32)}`

/** An event as it is sent. */
export interface SentRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** The API, and what came of events. */
export interface EventApi {
  /** @param path - behind `/v1/events/` */
  send(path: string, request: SentRequest): Promise<Response>
  readonly api: TestApi
  readonly looks: readonly Look[]
  /** Of events alone. */
  readonly audit: () => readonly AuditEntry[]
}

/** A source of repositories below `team/`, by bearer token. */
export function source(changes: object = {}): object {
  return {
    name: 'main',
    type: 'generic',
    registry: REGISTRY,
    repositories: ['team/**'],
    auth: { method: 'bearer', secret: SECRET },
    ...changes,
  }
}

/** Creates the API with these sources. */
export async function createEventApi(
  sources: readonly object[],
  overrides: Parameters<typeof createTestApi>[0] & {
    readonly isDown?: boolean
    readonly isOwnManifest?: (digest: string) => boolean
  } = {},
): Promise<EventApi> {
  const looks: Look[] = []
  const engine = rememberingEngine((tasks) => {
    if (overrides.isDown)
      throw new NotationError('queue-unavailable', 'Cannot use the queue: it is down')
    looks.push(...tasks.filter(isLook))
  })
  const api = await createTestApi({
    signing: {
      rules: { rules: [] },
      engine,
      isOwnManifest: overrides.isOwnManifest ?? (() => false),
    },
    ...overrides,
    settings: { sources, ...overrides.settings },
  })
  return {
    send: (path, { headers, body }) =>
      api.request(`/v1/events/${path}`, { method: 'POST', headers, body: body as BodyInit }),
    api,
    looks,
    audit: () => api.audit.filter(({ event }) => event === 'events'),
  }
}

/**
 * A request as its sender authenticates it with SECRET, and the path that it goes to.
 *
 * @param method - one that needs no issuer
 */
export function authenticated(
  method: AuthMethod,
  type: SourceType,
  { headers, body }: SentRequest,
  secret = SECRET,
): { readonly path: string; readonly request: SentRequest } {
  const withHeader = (name: string, value: string) => ({
    path: 'main',
    request: { headers: { ...headers, [name]: value }, body },
  })
  if (method === 'path') return { path: `main/${secret}`, request: { headers, body } }
  if (method === 'bearer') return withHeader('authorization', `Bearer ${secret}`)
  if (method === 'basic') return withHeader('authorization', `Basic ${btoa(`user:${secret}`)}`)
  if (method === 'header') return withHeader(type.header ?? 'authorization', secret)
  const { header = '', hash = 'SHA-256', prefix = '' } = type.hmac?.[0] ?? {}
  const mac = createHmac(hash.replace('-', '').toLowerCase(), secret).update(body).digest('hex')
  return withHeader(header, `${prefix}${mac}`)
}

/** The settings that `authenticated` goes with. */
export function authSettings(method: AuthMethod): object {
  return { method, ...(method === 'basic' ? { username: 'user' } : {}), secret: SECRET }
}

/** Events of the generic shape. */
export function genericEvent(
  events: readonly object[],
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${SECRET}` },
): SentRequest {
  return {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ events }),
  }
}

function isLook(task: Look | SweepStep): task is Look {
  return task.kind === 'look'
}

function rememberingEngine(
  remember: (tasks: readonly (Look | SweepStep)[]) => void,
): SigningEngine {
  const unused = (): never => {
    throw new Error('events only enqueue')
  }
  return {
    enqueue: async (followUps: readonly FollowUp[]) => remember(followUps.map(({ task }) => task)),
    ask: unused,
    readState: unused,
    waitForChange: unused,
    listJobs: unused,
    replay: unused,
    findLook: unused,
    depth: unused,
    listUntagged: unused,
    documents: { read: unused, write: unused },
  }
}
