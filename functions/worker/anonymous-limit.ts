// How often one sender may ask without a token on Workers, as the platform counts it. It counts in each of its places
// for itself and lets a few more through: a guard against abuse, no exact limit.

/** The binding ANONYMOUS of wrangler.toml. */
export interface AnonymousBindings {
  /** Absent where nobody counts. */
  readonly ANONYMOUS?: {
    limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>
  }
}

/** Cloudflare sets it, whatever the sender wrote. */
const SENDER_HEADER = 'cf-connecting-ip'
/** Groups of an IPv6 address that a network is given as a whole: a sender can have any address of a /64. */
const NETWORK_GROUPS = 4
const IPV6_GROUPS = 8

/** See Deps.admitAnonymous. @returns undefined where there is no such binding */
export function createAnonymousLimit(
  { ANONYMOUS: binding }: AnonymousBindings,
  { headers }: Request,
): (() => Promise<boolean>) | undefined {
  if (binding === undefined) return undefined
  const key = networkOf(headers.get(SENDER_HEADER) ?? '')
  return async () => {
    const { success } = await binding.limit({ key })
    return success
  }
}

/** An IPv4 address itself, of an IPv6 address its /64. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Math.max(0, IPV6_GROUPS - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
