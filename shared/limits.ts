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
/** Levels below an image index that are looked at: an index of indexes, which some builders make, and no more. */
export const MAX_INDEX_DEPTH = 2
/** Children that an index names, with those of the indexes in it. Multi-platform images have a dozen, with attestations two. */
export const MAX_INDEX_CHILDREN = 100
/** Children of an index that are looked at together: it is mostly waiting. Workers hold six connections at once. */
export const MAX_CHILDREN_AT_ONCE = 4
/** Signatures of an index and its children together: four for each of the most, tens for each of a usual image's. */
export const MAX_INDEX_SIGNATURES = 500
/** An OCSP response, as notation reads it; usual ones are below 4 KiB. */
export const MAX_OCSP_ANSWER_BYTES = 20 * 1024
/** One OCSP exchange, redirects and body included, as notation waits. */
export const OCSP_TIMEOUT_MS = 2000
/** A CRL must be smaller, as notation has it; the largest in use are below 16 MiB. */
export const MAX_CRL_BYTES = 32 * 1024 * 1024
/** One CRL download, redirects and body included, as notation waits. */
export const CRL_TIMEOUT_MS = 5000
/** Redirects of one OCSP or CRL request. Hosts that serve them redirect once, if at all. */
export const MAX_REVOCATION_REDIRECTS = 3
/** OCSP and CRL requests of one verification, redirects counted: Workers allow 50 of all kinds on their free plan. */
export const MAX_REVOCATION_REQUESTS = 32
/** Bytes that one verification reads from OCSP and CRL servers: an isolate of Workers has 128 MiB for everything. */
export const MAX_REVOCATION_BYTES = 64 * 1024 * 1024
/** CRLs and their indices that stay in memory until their next update, for the same reason. */
export const MAX_CRL_CACHE_BYTES = 48 * 1024 * 1024
/** URL of an OCSP or CRL server: longer ones are refused by servers too. */
export const MAX_REVOCATION_URL_CHARACTERS = 2048
/** Chains kept with what follows from their bytes. A verifier meets a few signers; a public one some hundreds. */
export const MAX_CACHED_CHAINS = 1024
/** DER of all of them; read, a chain takes some ten times its bytes. */
export const MAX_CACHED_CHAIN_BYTES = 4 * 1024 * 1024
