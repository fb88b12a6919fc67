// What a client has learnt of repositories, so that it need not ask again with every signature.

/** What is known of one repository; undefined: not known. */
export interface KnownRepository {
  hasReferrersApi: boolean | undefined
  /** Whether more than one answer said that it has none: one may be a proxy's. */
  isAbsenceConfirmed: boolean
  /** Whether it has the config of every signature manifest. */
  hasEmptyConfig: boolean
}

/** Gives what is known of a repository, to be read and added to. */
export type RepositoryMemory = (repository: string) => KnownRepository

/** Repositories that are remembered: of more, those are forgotten that were met first. 100 bytes each. */
const MAX_REPOSITORIES = 10_000
/** A registry that is upgraded gets a referrers API: after this time it is asked again. */
export const REPOSITORY_MEMORY_MS = 10 * 60_000

interface Entry extends KnownRepository {
  readonly sinceMs: number
}

/** Creates a memory that forgets after REPOSITORY_MEMORY_MS, counted by the given clock. */
export function createRepositoryMemory(now: () => Date): RepositoryMemory {
  const entries = new Map<string, Entry>()
  return (repository) => {
    const nowMs = now().getTime()
    const known = entries.get(repository)
    if (known !== undefined && nowMs - known.sinceMs < REPOSITORY_MEMORY_MS) return known
    const fresh = {
      sinceMs: nowMs,
      hasReferrersApi: undefined,
      isAbsenceConfirmed: false,
      hasEmptyConfig: false,
    }
    entries.delete(repository)
    entries.set(repository, fresh)
    const [oldest] = entries.keys()
    if (entries.size > MAX_REPOSITORIES && oldest !== undefined) entries.delete(oldest)
    return fresh
  }
}
