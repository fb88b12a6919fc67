// Every cap and time limit of shared/: unit in the name, reason in the comment.

/** A signature envelope. The reference reads 32 MiB; real ones are below 20 KiB, and a server holds many at once. */
export const MAX_ENVELOPE_BYTES = 4 * 1024 * 1024
/** A manifest, as the OCI distribution specification advises registries and notation-go reads. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
/** Certificates in a chain. DigiCert's have three or four; cross-signed ones five. */
export const MAX_CHAIN_CERTIFICATES = 10
/** Certificates that a chain is picked from. Bounds the signature checks, which grow with its square. */
export const MAX_POOL_CERTIFICATES = 32
/** One DER certificate. */
export const MAX_CERTIFICATE_BYTES = 64 * 1024
/** Nested DER values: certificates need 9, CMS tokens 14. Bounds the stack. */
export const MAX_DER_DEPTH = 32
/** Nested CBOR values: a COSE_Sign1 envelope needs 4. */
export const MAX_CBOR_DEPTH = 16
/** Nested JSON values: a trust policy needs 5. */
export const MAX_JSON_DEPTH = 32
/** An RFC 3161 answer, as notation reads it. */
export const MAX_TIMESTAMP_ANSWER_BYTES = 1024 * 1024
/** One call to a timestamp authority, as the notation CLI waits. */
export const TIMESTAMP_TIMEOUT_MS = 15_000
/** Signatures of one artifact that a verification looks at: notation's default. */
export const MAX_SIGNATURES = 100
/** An answer of Software Trust Manager: 100 keypairs with their chains are below 1 MiB. */
export const MAX_STM_ANSWER_BYTES = 8 * 1024 * 1024
/** One call to Software Trust Manager, connecting included: the default of SM_CONN_TIMEOUT in DigiCert's tools. */
export const STM_CALL_TIMEOUT_MS = 30_000
/** All calls and waits of one signer: whoever runs notation in a terminal waits no longer than a minute. */
export const STM_TOTAL_TIMEOUT_MS = 60_000
/** Tries of one request. With the backoff they span about 3 s, a restart of a server behind a balancer. */
export const MAX_STM_ATTEMPTS = 5
/** Pages of 100 keypairs read in search of an alias: more than that takes longer than the time limit. */
export const MAX_STM_PAGES = 50
/** One exchange with a registry or its token server. */
export const REGISTRY_TIMEOUT_MS = 30_000
/** A token server's answer, as oras-go reads it; tokens are below 8 KiB. */
export const MAX_REGISTRY_TOKEN_BYTES = 128 * 1024
/** Redirects of one request: registries send readers to a content store, once. */
export const MAX_REGISTRY_REDIRECTS = 5
/** Pages of referrers read for one artifact. Each may hold thousands; more would be an attack. */
export const MAX_REFERRERS_PAGES = 20
