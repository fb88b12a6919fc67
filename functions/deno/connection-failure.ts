// What a failed fetch means on Deno, whose errors carry no code: their text says what Node says by one.

import { type Peer, toConnectionError } from '../../shared/node/connection-error.ts'
import type { JudgeFailure } from '../stm-fetch-transport.ts'

/** Before the connection stands nothing of the request is written (hyper's error `Connect`). */
const NOT_CONNECTED = /client error \(Connect\)/

/** Texts of hyper, rustls and the system, and Node's code for the same. */
const NODE_CODES: readonly (readonly [text: RegExp, code: string])[] = [
  [/dns error: .*(temporary|try again)/i, 'EAI_AGAIN'],
  [/dns error/, 'ENOTFOUND'],
  [/os error 111\b|Connection refused/, 'ECONNREFUSED'],
  [/os error 113\b|No route to host/, 'EHOSTUNREACH'],
  [/os error 101\b|Network is unreachable/, 'ENETUNREACH'],
  [/os error 110\b|timed out/, 'ETIMEDOUT'],
  [/invalid peer certificate: UnknownIssuer/, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  [/invalid peer certificate: (certificate )?not valid for name/i, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  [/invalid peer certificate: (certificate )?expired/i, 'CERT_HAS_EXPIRED'],
  [/invalid peer certificate: (certificate )?not valid yet/i, 'CERT_NOT_YET_VALID'],
  [/invalid peer certificate/, 'CERT_UNTRUSTED'],
  [
    /fatal alert: (Bad|Unsupported|Unknown)?(Certificate|CA|AccessDenied)/,
    'ERR_SSL_ALERT_CERTIFICATE',
  ],
  [/corrupt message/, 'ERR_SSL_WRONG_VERSION_NUMBER'],
  [/invalid HTTP|parse error/i, 'HPE_INVALID'],
]

/** Judges what Deno's fetch threw. */
export function judgeConnection(peer: Peer): JudgeFailure {
  return (thrown) => {
    const text = textOf(thrown)
    const code = NODE_CODES.find(([pattern]) => pattern.test(text))?.[1] ?? 'ECONNRESET'
    const error = toConnectionError(
      Object.assign(new Error(text, { cause: thrown }), { code }),
      peer,
    )
    return { sent: !NOT_CONNECTED.test(text), error }
  }
}

/** Of the innermost error: Deno says `fetch failed` and keeps the reason as cause. */
function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  return thrown.cause === undefined ? thrown.message : textOf(thrown.cause)
}
