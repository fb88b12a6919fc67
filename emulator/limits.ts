// Every cap and time limit of the emulator: unit in the name, reason in the comment.

/** A request to the API: a sign request is below 1 KiB, a keypair request with unknown fields not far above. */
export const MAX_API_REQUEST_BYTES = 64 * 1024
/** A timestamp query holds a digest, a nonce and a policy: below 200 bytes. */
export const MAX_TIMESTAMP_REQUEST_BYTES = 16 * 1024
/** An OCSP request for one certificate is below 200 bytes; there may be some more, and a nonce. */
export const MAX_OCSP_REQUEST_BYTES = 16 * 1024
/** Above what any client takes of a CRL (notation: 32 MiB), and far above what one takes of an OCSP answer. */
export const TOO_LARGE_ANSWER_BYTES = 33 * 1024 * 1024
/** A fault list sent to the control port. */
export const MAX_CONTROL_REQUEST_BYTES = 256 * 1024

/** Items of a page when the client does not say, as the service answers. */
export const DEFAULT_PAGE_ITEMS = 20
/** Items of a page at most; the service's own bound is not published. */
export const MAX_PAGE_ITEMS = 1000

/** Journal lines kept: an emulator left running for weeks must not grow for ever. */
export const MAX_JOURNAL_ENTRIES = 10_000
/** Signatures that `GET signatures/{id}` still knows, for the same reason. */
export const MAX_KEPT_SIGNATURES = 10_000

/** How long close() lets running requests finish before it cuts them off. */
export const CLOSE_GRACE_MS = 5_000
