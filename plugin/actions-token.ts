// The OIDC token that GitHub gives to a job of Actions with the permission id-token: write.

import { isNotationError, NotationError } from '../shared/errors.ts'
import { parseJson } from '../shared/json.ts'
import { isJsonObject } from '../shared/json-shape.ts'
import type { StmAnswer, StmFailure, StmRequest } from '../shared/stm/transport.ts'
import type { RemoteCredential } from './remote-settings.ts'

/** Exchanges a request within the time that is left. */
export type Exchange = (request: Omit<StmRequest, 'timeoutMs'>) => Promise<StmAnswer | StmFailure>

/** Three parts in base64url: a signed JWT. What it says is the API's to judge. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Fetches a token for one audience.
 *
 * @throws {NotationError} `credential-invalid` when GitHub gives none; the codes of a connection
 */
export async function fetchActionsToken(
  exchange: Exchange,
  { url, requestToken, audience }: Extract<RemoteCredential, { kind: 'actions' }>,
): Promise<string> {
  const target = new URL(url)
  target.searchParams.set('audience', audience)
  const outcome = await exchange({
    method: 'GET',
    url: target.href,
    headers: { authorization: `Bearer ${requestToken}`, accept: 'application/json' },
  })
  if (outcome.kind === 'failure') throw outcome.error
  if (outcome.status !== 200) throw noToken(`${url.origin} answered ${outcome.status}`)
  const value = readValue(outcome.body)
  if (value !== undefined && JWT.test(value)) return value
  throw noToken(`the answer of ${url.origin} holds none`)
}

function readValue(body: Uint8Array): string | undefined {
  try {
    const answer = parseJson(body)
    return isJsonObject(answer) && typeof answer.value === 'string' ? answer.value : undefined
  } catch (cause) {
    if (isNotationError(cause)) return undefined
    throw cause
  }
}

function noToken(found: string): NotationError {
  return new NotationError(
    'credential-invalid',
    `Cannot get the OIDC token of this job from GitHub: ${found}; give the job "permissions: id-token: write"`,
  )
}
