// Whether a request to a source comes from its sender. Fail closed: a method accepts what it knows, and
// what is missing is wrong.

import { encodeBase64 } from '../../../shared/base64.ts'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import type { AuthMethod, SourceAuth } from '../source-auth.ts'
import { equalSecrets } from './equal-secrets.ts'
import { isHmacOf } from './hmac.ts'
import { isEntraToken, isGoogleToken } from './sender-token.ts'
import type { SenderDeps, SenderFormats, SentEvent } from './sent-event.ts'

/** What a method is given. */
interface Check<Method extends AuthMethod> {
  readonly auth: SourceAuth<Method>
  readonly formats: SenderFormats
  readonly sent: SentEvent
  readonly deps: SenderDeps
}

const METHODS: {
  readonly [Method in AuthMethod]: (check: Check<Method>) => Promise<boolean>
} = {
  bearer: ({ auth, sent, deps }) =>
    equalSecrets(credentialsOf(sent, 'bearer'), auth.secret, deps.crypto),
  basic: ({ auth, sent, deps }) => {
    const credentials = encodeBase64(encodeUtf8(`${auth.username}:${auth.secret}`))
    return equalSecrets(credentialsOf(sent, 'basic'), credentials, deps.crypto)
  },
  header: ({ auth, formats, sent, deps }) =>
    equalSecrets(
      sent.headers.get(auth.header ?? formats.header ?? 'authorization') ?? undefined,
      auth.secret,
      deps.crypto,
    ),
  hmac: async ({ auth, formats: { hmac = [] }, sent }) => {
    const format = hmac.find(({ header }) => sent.headers.has(header))
    if (format === undefined) return false
    const written = sent.headers.get(format.header) ?? undefined
    return isHmacOf(await sent.readBody(), written, auth.secret, format)
  },
  path: ({ auth, sent, deps }) => equalSecrets(sent.pathSecret, auth.secret, deps.crypto),
  google: ({ auth, sent, deps }) => isGoogleToken(authorizationOf(sent), auth, deps),
  entra: ({ auth, sent, deps }) => isEntraToken(authorizationOf(sent), auth, deps),
}

/**
 * Whether the request is the sender's.
 *
 * @throws {NotationError} of tokens `caller-unauthenticated` | `issuer-unavailable`; of method `hmac`, which needs the
 *   body, `request-too-large` | `request-invalid`
 */
export function isFromSender<Method extends AuthMethod>(check: Check<Method>): Promise<boolean> {
  return METHODS[check.auth.method](check)
}

/** What stands behind the scheme, whose case is free (RFC 9110 §11.1). */
function credentialsOf(sent: SentEvent, scheme: string): string | undefined {
  const [, found, credentials] = /^(\S+) +(.*)$/.exec(authorizationOf(sent) ?? '') ?? []
  return found?.toLowerCase() === scheme ? credentials : undefined
}

function authorizationOf({ headers }: SentEvent): string | undefined {
  return headers.get('authorization') ?? undefined
}
