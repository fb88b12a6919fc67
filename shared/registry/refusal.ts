// What an answer's status means: the one place where a registry's refusal becomes a NotationError.

import { decodeUtf8 } from '../bytes.ts'
import { type ErrorCode, NotationError } from '../errors.ts'
import type { Answer } from './exchange.ts'

/** Error codes of the OCI distribution specification §Error Codes look like this; anything else is not shown. */
const OCI_ERROR_CODE = /"code"\s*:\s*"([A-Z_]{1,40})"/

/**
 * The error for an answer that is not the wanted one.
 *
 * @param action - what cannot be done, as `push the manifest of "sha256:…"`
 * @returns `artifact-unknown` | `registry-denied` | `registry-throttled` | `registry-unavailable` | `registry-answer-invalid`
 */
export function refusal(action: string, answer: Answer): NotationError {
  const { status, url } = answer
  const code = ociErrorCode(answer)
  const found = `"${url.host}" answered ${status}${code === undefined ? '' : ` ${code}`}`
  const { errorCode, remedy } = meaningOf(status)
  const retryAfterSeconds = secondsToWait(answer.headers)
  return new NotationError(
    errorCode,
    `Cannot ${action}: ${found}${remedy}`,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  )
}

/** The first error code of an error answer's body, as `NAME_UNKNOWN`. */
export function ociErrorCode({ bytes }: Answer): string | undefined {
  try {
    return OCI_ERROR_CODE.exec(decodeUtf8(bytes))?.[1]
  } catch {
    return undefined
  }
}

function meaningOf(status: number): { errorCode: ErrorCode; remedy: string } {
  if (status === 401) {
    return { errorCode: 'registry-denied', remedy: '; check the username and password' }
  }
  if (status === 403) {
    return { errorCode: 'registry-denied', remedy: '; the account lacks the permission' }
  }
  if (status === 404) return { errorCode: 'artifact-unknown', remedy: '' }
  if (status === 429) return { errorCode: 'registry-throttled', remedy: '' }
  if (status >= 500) return { errorCode: 'registry-unavailable', remedy: '' }
  return { errorCode: 'registry-answer-invalid', remedy: '' }
}

/** `Retry-After` (RFC 9110 §10.2.3) in seconds; a date counts from the answer's own `Date`. */
function secondsToWait(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  const milliseconds = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, Math.ceil(milliseconds / 1000))
}
