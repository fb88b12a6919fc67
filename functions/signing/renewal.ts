// When a signature that expires is to be replaced: before it ends, and late enough that two seldom stand.

/** The last part of a signature's life in which another is made beside it. */
const RENEWAL_SHARE = 1 / 3
/** Of long-lived ones a month is enough for a sweep to come by many times. */
const MAX_RENEWAL_WINDOW_MS = 30 * 24 * 3600 * 1000

/**
 * Whether a signature is in its renewal window, or past it.
 *
 * @param expiresAt - undefined for one that does not expire
 * @param expirySeconds - its whole life, as its profile has it
 */
export function isRenewalDue(
  expiresAt: Date | undefined,
  expirySeconds: number,
  now: Date,
): boolean {
  if (expiresAt === undefined) return false
  const windowMs = Math.min(expirySeconds * 1000 * RENEWAL_SHARE, MAX_RENEWAL_WINDOW_MS)
  return now.getTime() >= expiresAt.getTime() - windowMs
}
