// Which IP addresses are of the public Internet (IANA's special-purpose address registries, RFC 6890).
// Names are judged in host-policy.ts.

/** First address and prefix length of a block. */
type Block = readonly [first: string, bits: number]

/** Everything in IPv4 that is not global unicast. */
const SPECIAL_IPV4: readonly Block[] = [
  ['0.0.0.0', 8], // this host, this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; also metadata services of some clouds
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local; metadata services
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays, withdrawn
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]

/** The only global unicast block of IPv6; loopback, mapped, unique-local, link-local and multicast lie outside. */
const GLOBAL_IPV6: Block = ['2000::', 3]

/** What in it is not global, or stands for an IPv4 address. */
const SPECIAL_IPV6: readonly Block[] = [
  ['2001::', 23], // protocol assignments, Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['3fff::', 20], // documentation
]

/** NAT64 (RFC 6052 §2.1): the last four bytes are the IPv4 address that is meant. */
const NAT64: Block = ['64:ff9b::', 96]

const DOTTED = /^\d{1,3}(?:\.\d{1,3}){3}$/

/**
 * Bytes of an address: four for IPv4, sixteen for IPv6.
 *
 * @param text - as URL or a resolver writes it, IPv6 with or without brackets
 * @returns undefined for anything else, zone identifiers included: these name link-local addresses
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (DOTTED.test(text)) return parseIpv4(text)
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (!bare.includes(':')) return undefined
  // URL brings every spelling of IPv6 into one form: eight groups at most, no dotted tail.
  const host = URL.parse(`http://[${bare}]/`)?.hostname
  return host === undefined ? undefined : parseNormalIpv6(host.slice(1, -1))
}

/** True for an address of the public Internet, whichever way it is written in bytes. */
export function isPublicAddress(address: Uint8Array): boolean {
  if (address.length === 4) return !SPECIAL_IPV4.some((block) => isWithin(address, block))
  if (isWithin(address, NAT64)) return isPublicAddress(address.subarray(12))
  return isWithin(address, GLOBAL_IPV6) && !SPECIAL_IPV6.some((block) => isWithin(address, block))
}

function isWithin(address: Uint8Array, [first, bits]: Block): boolean {
  const prefix = parseIpAddress(first)
  if (prefix === undefined || prefix.length !== address.length) return false
  return prefix.every((byte, index) => {
    const mask = (0xff00 >> Math.min(Math.max(bits - index * 8, 0), 8)) & 0xff
    return (byte & mask) === ((address[index] ?? 0) & mask)
  })
}

function parseIpv4(text: string): Uint8Array | undefined {
  const numbers = text.split('.').map(Number)
  return numbers.every((number) => number <= 255) ? Uint8Array.from(numbers) : undefined
}

/** Groups of four hexadecimal digits, at most one `::`. */
function parseNormalIpv6(text: string): Uint8Array {
  const [before = '', after] = text.split('::')
  const head = groupsOf(before)
  const tail = groupsOf(after ?? '')
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

function groupsOf(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
