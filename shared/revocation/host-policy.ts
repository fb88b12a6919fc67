// Which hosts may be asked about revocation. Their URLs come from certificates, so from whoever had
// them issued: nothing near the verifier may be reached through them unless it is listed.

import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { MAX_REVOCATION_URL_CHARACTERS } from '../limits.ts'
import { isPublicAddress, parseIpAddress } from './ip-address.ts'

/** Which hosts may be asked although they are not public. */
export interface HostPolicy {
  /** `host` or `host:port`, in URL's normal form. */
  readonly listed: ReadonlySet<string>
}

/** Ends of names that never lead to the public Internet (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
const LOCAL_SUFFIXES = ['localhost', 'local', 'internal', 'home.arpa'] as const

/** A host, perhaps with a port: neither scheme, path, credentials nor wildcard. */
const ENTRY = /^(\[[0-9a-fA-F:.]+\]|[^\s:/?#@*\\[\]]+)(?::(\d{1,5}))?$/

/**
 * The policy of a list of hosts.
 *
 * @param revocationHosts - `host` for any port, `host:port` for that one; IPv6 in brackets
 * @throws {NotationError} `configuration-invalid` for an entry that is neither
 */
export function createHostPolicy(revocationHosts: readonly string[] = []): HostPolicy {
  return { listed: new Set(revocationHosts.map(normalEntry)) }
}

/**
 * Checks a URL before it is asked, the first one and that of each redirect.
 *
 * Says nothing about where a name leads: see checkResolvedAddress.
 *
 * @returns undefined where it may be asked, else why not
 */
export function checkHost(url: URL, policy: HostPolicy): string | undefined {
  if (url.href.length > MAX_REVOCATION_URL_CHARACTERS)
    return `its URL has ${url.href.length} characters, wanted at most ${MAX_REVOCATION_URL_CHARACTERS}`
  if (url.username !== '' || url.password !== '') return 'its URL holds credentials'
  if (isListed(url, policy) || isPublicHost(url.hostname)) return undefined
  return `host ${quoteGo(url.hostname)} is not public, and revocationHosts does not list it`
}

/**
 * Checks the address that a name was resolved to, for runtimes that show it.
 *
 * Whoever calls this connects to the address that was checked: resolving again could answer otherwise.
 *
 * @param url - URL that is asked; has passed checkHost
 * @param address - as the resolver wrote it
 * @returns undefined where it may be connected to, else why not
 */
export function checkResolvedAddress(
  url: URL,
  address: string,
  policy: HostPolicy,
): string | undefined {
  const bytes = parseIpAddress(address)
  if (isListed(url, policy) || (bytes !== undefined && isPublicAddress(bytes))) return undefined
  return `host ${quoteGo(url.hostname)} has the address ${quoteGo(address)}, which is not public, and revocationHosts does not list it`
}

function isListed(url: URL, { listed }: HostPolicy): boolean {
  const host = withoutFinalDot(url.hostname)
  return listed.has(host) || listed.has(`${host}:${url.port === '' ? '80' : url.port}`)
}

/** URL has turned every spelling of an address into one: `0x7f.1` into `127.0.0.1`, `[::FFFF:7F00:1]` into `[::ffff:7f00:1]`. */
function isPublicHost(hostname: string): boolean {
  const address = parseIpAddress(hostname)
  if (address !== undefined) return isPublicAddress(address)
  const name = withoutFinalDot(hostname)
  // A name of one label is looked up in the search domains of whoever asks.
  if (!name.includes('.') || name.startsWith('[')) return false
  return !LOCAL_SUFFIXES.some((suffix) => name.endsWith(`.${suffix}`) || name === suffix)
}

/** `localhost.` is `localhost`. */
function withoutFinalDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
}

function normalEntry(entry: string): string {
  const [, host, port] = ENTRY.exec(entry) ?? []
  const url = host === undefined ? null : URL.parse(`http://${host}/`)
  const isPort = port === undefined || (Number(port) > 0 && Number(port) < 65_536)
  if (url === null || url.hostname === '' || !isPort)
    throw new NotationError(
      'configuration-invalid',
      `Cannot read revocationHosts: found ${quoteGo(entry)}, wanted a host or host:port`,
    )
  const name = withoutFinalDot(url.hostname)
  return port === undefined ? name : `${name}:${Number(port)}`
}
