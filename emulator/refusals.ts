// Every refusal of the emulated service with its HTTP status and body. Where a body was seen or
// documented it stands word for word; where not, the comment says "inferred".

import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** An answer that says no. */
export interface Refusal {
  readonly status: ContentfulStatusCode
  readonly body: unknown
}

/** Permissions that the service prints, with the words that DigiCert's guide uses for them. */
export type Permission = 'signing' | 'View certificate'
const PERMISSION_CODES = {
  signing: 'SIGN_SM_HASH',
  'View certificate': 'VIEW_SM_CERTIFICATE',
} as const satisfies Record<Permission, string>

/** Seen; "Missing Client Authentication Certificate." was not always there, and is not for key generation. */
const NO_SECOND_FACTOR = {
  sign: 'User is not multi-factor authenticated. Missing Client Authentication Certificate. As per compliance rules, user needs to be authenticated using multi-factor for performing sign operation.',
  generate:
    'User is not multi-factor authenticated. As per compliance rules, user needs to be authenticated using multi-factor for performing generate operation.',
} as const

/** Status and machine word documented, envelope as the service's other errors; the whole body is inferred. */
export const INVALID_API_KEY = refusal(401, 'invalid_api_key', 'Bad or missing API key')

/** Inferred: status word of the fault list's plain refusal. */
export const FORBIDDEN = refusal(403, 'access_denied', 'Access is denied')

/** Documented text. */
export const KEYPAIR_OFFLINE = refusal(
  403,
  'access_denied',
  'Provided keypair is in OFFLINE state and cannot be used for signing. Please provide keypair in active state to be used for signing.',
)

/** Documented text. */
export const KEYPAIR_OF_TEAM = refusal(
  403,
  'access_denied',
  'You cannot access this keypair. This keypair is restricted to a team. To resolve this issue, ensure that the team is active and that you are part of the team.',
)

/** Seen: what the gateway before the service answers. */
export const PATH_UNKNOWN: Refusal = {
  status: 404,
  body: { errors: [{ code: 'INTERNAL_SERVER_ERROR', message: 'Path not found' }] },
}

/** CertCentral's body, which users of the service have met. */
export const THROTTLED: Refusal = {
  status: 429,
  body: {
    errors: [
      {
        code: 'request_limit_exceeded',
        message: 'Service unavailable, please limit request volume',
      },
    ],
  },
}

/** Inferred from the documentation's "503 = maintenance window". */
export const UNAVAILABLE: Refusal = {
  status: 503,
  body: {
    errors: [{ code: 'service_unavailable', message: 'Service unavailable, maintenance window' }],
  },
}

/** Inferred. */
export const REQUEST_TOO_LARGE = refusal(413, 'invalid_request', 'Request is too large')

/** Seen, when the second factor is missing. */
export function noSecondFactor(operation: keyof typeof NO_SECOND_FACTOR): Refusal {
  return refusal(403, 'access_denied', NO_SECOND_FACTOR[operation])
}

/** Inferred: the guide names the permissions, no text of their refusal is public. */
export function permissionMissing(permission: Permission): Refusal {
  return refusal(
    403,
    'access_denied',
    `User does not have the permission "${permission}" (${PERMISSION_CODES[permission]}) that this operation needs.`,
  )
}

/** Documented text. */
export function noRights(userId: string, keypairId: string): Refusal {
  return refusal(
    403,
    'access_denied',
    `User - ${userId} does not have rights to access the keypair - ${keypairId}`,
  )
}

/** Seen; the machine word is not the one of the HTTP status. */
export function keypairUnknown(keypairId: string): Refusal {
  return refusal(
    404,
    'invalid_input_field',
    `Keypair not present for given keypairId ${keypairId}. Please provide correct keypairId.`,
  )
}

/** Inferred from keypairUnknown. */
export function resourceUnknown(resource: 'certificate' | 'signature', id: string): Refusal {
  const name = resource === 'certificate' ? 'Certificate' : 'Signature'
  return refusal(
    404,
    'invalid_input_field',
    `${name} not present for given ${resource}Id ${id}. Please provide correct ${resource}Id.`,
  )
}

/** A member or parameter that cannot be used; word seen, texts inferred. */
export function invalidField(message: string): Refusal {
  return refusal(400, 'invalid_input_field', message)
}

/** A request that is no request; word documented, texts inferred. */
export function invalidRequest(message: string): Refusal {
  return refusal(400, 'invalid_request', message)
}

/** Shape and code documented for other names that exist already; the status is inferred. */
export function duplicateAlias(alias: string): Refusal {
  const message = `Alias ${alias} already exists. Enter a different alias.`
  return { status: 409, body: { errors: [{ code: 'duplicate_error', message }] } }
}

/** Seen: Spring's shape, where `error` is a text and `status` too. */
export function serverError(path: string): Refusal {
  return { status: 500, body: { status: '500', error: 'Internal Server Error', path } }
}

/** Inferred from Spring's shape. */
export function methodNotAllowed(path: string): Refusal {
  return { status: 405, body: { status: '405', error: 'Method Not Allowed', path } }
}

function refusal(status: ContentfulStatusCode, word: string, message: string): Refusal {
  return { status, body: { error: { status: word, message } } }
}
