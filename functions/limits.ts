// Caps on what callers may send: unit in the name, reason in the comment.

import { MAX_ENVELOPE_BYTES } from '../shared/limits.ts'

/** Signatures in one verify request: a few writers of one artifact, not an archive. */
export const MAX_ENVELOPES_PER_REQUEST = 10
/** A verify request: one envelope of the largest size in base64, and what surrounds it. Smaller ones share this room. */
export const MAX_VERIFY_REQUEST_BYTES = Math.ceil((MAX_ENVELOPE_BYTES * 4) / 3) + 64 * 1024
/** Until an index and its children must be verified: gateways give up on an answer after about a minute. */
export const INDEX_TIMEOUT_MS = 50_000
/** A blob that comes with a request: a chart or an SBOM. Of larger ones the digests are enough. */
export const MAX_BLOB_BYTES = 4 * 1024 * 1024
/** A verify-blob request: the blob besides the envelope, both in base64. */
export const MAX_VERIFY_BLOB_REQUEST_BYTES =
  MAX_VERIFY_REQUEST_BYTES + Math.ceil((MAX_BLOB_BYTES * 4) / 3)
/** A sign request holds names and a descriptor. */
export const MAX_SIGN_REQUEST_BYTES = 64 * 1024
/** A generate-signature request: Notary signing input is a descriptor with its annotations, base64 twice over. */
export const MAX_SIGNING_INPUT_REQUEST_BYTES = 256 * 1024
/** An image reference: registry names have at most 255 characters and so have repositories; a digest 135. */
export const MAX_REFERENCE_CHARACTERS = 1024
/** A key's alias or UUID. STM's own limit is not published; its longest seen is 64. */
export const MAX_KEY_ID_CHARACTERS = 512
/** Pairs of user metadata; they become annotations of a payload that verifiers read. */
export const MAX_USER_METADATA_PAIRS = 64
/** Characters of one user metadata key or value. */
export const MAX_USER_METADATA_CHARACTERS = 4096
/** Longest time to expiry that a caller may ask for: ten years, longer than any code-signing certificate. */
export const MAX_EXPIRY_SECONDS = 10 * 366 * 24 * 3600
/** A bearer token: GitHub's and GitLab's have 2 KiB, those with many groups 8. Servers take 16 KiB of headers. */
export const MAX_TOKEN_CHARACTERS = 16 * 1024
/** Longest age of a caller's token that CONFIG can allow: a day, longer than CI jobs run. */
export const MAX_TOKEN_AGE_SECONDS = 24 * 3600
/** How far an issuer's clock may be from ours, when times in tokens are compared. */
export const TOKEN_CLOCK_TOLERANCE_SECONDS = 30
/** One exchange with an issuer: somebody waits for the answer, and there are two. */
export const ISSUER_TIMEOUT_MS = 5000
/** An issuer's discovery document, or its keys: a dozen keys with certificates are below 64 KiB. */
export const MAX_ISSUER_ANSWER_BYTES = 256 * 1024
/** After this an issuer's keys are fetched anew, so that one that was withdrawn ends. */
export const ISSUER_KEYS_MAX_AGE_MS = 10 * 60_000
/** Keys are fetched again for a key id that is not among them at most this often: anyone can make up key ids. */
export const ISSUER_KEYS_REFRESH_MS = 30_000
/** An issuer that could not be reached is asked again after this. */
export const ISSUER_RETRY_MS = 5000
/** An event: Event Grid fills batches up to 1 MiB, and zot sends whole manifests, which are a few KiB. */
export const MAX_EVENT_BYTES = 2 * 1024 * 1024
/** Of all bodies at once that are read before their sender is known: events have some KiB. */
export const MAX_UNVERIFIED_EVENT_BYTES = 32 * 1024 * 1024
/** Until such a body must have come whole: senders send theirs at once, and wait some seconds for the answer. */
export const UNVERIFIED_BODY_TIMEOUT_MS = 10_000
/** What is read of a longer one from a sender that must not be refused: it could not read the answer before its end. */
export const MAX_DRAINED_EVENT_BYTES = 16 * 1024 * 1024
/** Artifacts in one event: the largest batches are Event Grid's. */
export const MAX_EVENT_HINTS = 5000
/** Signatures in the making at once: each waits for Software Trust Manager and perhaps for a timestamp authority, for a
 * minute at worst, and accounts are throttled. */
export const MAX_CONCURRENT_SIGN = 64
/** Verifications at once: each holds its envelopes, up to 4 MiB, several times over, and those by reference wait. */
export const MAX_CONCURRENT_VERIFY = 128
/** The most that a setting may allow of either: sockets end before. */
export const MAX_CONCURRENCY = 10_000
/** When to come again where there was no room: a signature takes about a second. */
export const BUSY_RETRY_SECONDS = 2
/** Requests to a registry for one request without a token, which costs its sender nothing: one image with a hundred
 * signatures, or thirty of an index with three each. Redirects count. */
export const MAX_ANONYMOUS_REGISTRY_REQUESTS = 210
/** When to come again for one who asked too often without a token: the period of the rate limit in wrangler.toml. */
export const ANONYMOUS_PERIOD_SECONDS = 60
/** What /readyz found holds this long: probes come every few seconds, and from anyone. */
export const READINESS_MAX_AGE_MS = 10_000
/** One answer that /readyz waits for: those who probe wait 10 s at most. */
export const READINESS_TIMEOUT_MS = 3000
/** Requests for one timestamp: an authority that is busy for a second costs no signature. Each may take 15 s. */
export const MAX_TIMESTAMP_ATTEMPTS = 3
/** Before the second request; the third waits twice as long. */
export const TIMESTAMP_BACKOFF_MS = 400
/** Attempts at one task: with the waits between them an hour, longer than services are mostly away. */
export const MAX_TASK_ATTEMPTS = 14
/** Attempts at an artifact, or at a tag of an event, that the registry does not have: with the waits between them 15 s,
 * longer than a registry is behind its own event, and little for a digest that somebody made up. */
export const MAX_UNKNOWN_ATTEMPTS = 5
/** Before the second attempt; each later wait is twice as long … */
export const TASK_BACKOFF_SECONDS = 1
/** … up to this. */
export const TASK_MAX_BACKOFF_SECONDS = 15 * 60
/** Sign requests in a row that may each have cost a signature and gave none: one may be bad luck, after two somebody
 * looks into the signature log of the account. */
export const MAX_LOST_SIGN_REQUESTS = 2
/** Tags that hints named of one artifact, which are asked for with each look. Of more, the newest count. */
export const MAX_HINTED_TAGS = 32
/** Signing profiles of one artifact beyond which callers get no other: they make them up, and verifiers do not read more
 * signatures. What rules want is bounded by the rules. */
export const MAX_CALLERS_PROFILES = 100
/** The same for their user metadata, of which one has up to 64 KiB: a Durable Object stores 2 MB in one place. */
export const MAX_CALLERS_PROFILE_CHARACTERS = 512 * 1024
/** Indexes that list one manifest, and are remembered. Of more, the newest count. */
export const MAX_HINTED_PARENTS = 16
/** Children of one index that are signed: builds have a dozen platforms. */
export const MAX_SIGNED_CHILDREN = 100
/** Levels of indexes below the one that was pushed: indexes of indexes are rare, deeper ones unknown. */
export const MAX_INDEX_DEPTH = 2
/** Requests to Software Trust Manager for signatures at once, from one process: accounts are throttled. */
export const MAX_CONCURRENT_SIGN_REQUESTS = 8
/** Signature manifests that this process pushed last: their events are ours, and cost no look. Senders may lag that far. */
export const MAX_OWN_MANIFESTS = 50_000
/** Longest wait for a status: gateways give up on an answer after about a minute. */
export const MAX_STATUS_WAIT_SECONDS = 30
/** Requests that wait for a status at once; each holds a connection. The next one is answered at once. */
export const MAX_WAITING_STATUSES = 256
/** Jobs on one page. */
export const MAX_JOBS_PER_PAGE = 200
/** Signatures that are made in a day because a key has another certificate, and artifacts that sweeps have looked at for that: signatures cost money. */
export const MAX_RESIGNED_PER_DAY = 1000
