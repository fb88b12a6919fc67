// Error answers as the OCI distribution specification v1.1 §Error Codes has them.

/** Codes of the specification that this registry answers with. */
export type OciErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNSUPPORTED'

/** A request that this registry refuses. */
export class OciError extends Error {
  override readonly name = 'OciError'
  readonly status: number
  readonly code: OciErrorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: OciErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** The answer that tells a client of a refusal. */
export function errorResponse({ status, code, message, headers }: OciError): Response {
  return Response.json({ errors: [{ code, message }] }, { status, headers })
}
