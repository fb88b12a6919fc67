// HTTPS_PROXY and NO_PROXY: through which proxy a host is reached, if any.

import { NotationError } from '../errors.ts'
import { unquote } from '../stm/host.ts'

/** A proxy that takes CONNECT. Holds a secret: not for logs. */
export interface HttpProxy {
  readonly host: string
  readonly port: number
  readonly usesTls: boolean
  /** Value of Proxy-Authorization. */
  readonly authorization: string | undefined
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/**
 * Reads HTTPS_PROXY: `[http[s]://][user:password@]host[:port]`, user and password percent-encoded.
 *
 * @throws {NotationError} `configuration-invalid`, without the value, which may hold a password
 */
export function parseProxy(text: string): HttpProxy {
  const value = unquote(text)
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`
  if (!URL.canParse(address)) throw invalid('it is not a URL')
  const url = new URL(address)
  const defaultPort = DEFAULT_PORTS[url.protocol]
  if (defaultPort === undefined)
    throw invalid(`proxies of the kind ${url.protocol}// are not supported`)
  return {
    host: bareHost(url.hostname),
    port: url.port === '' ? defaultPort : Number(url.port),
    usesTls: url.protocol === 'https:',
    authorization: authorizationOf(url),
  }
}

/**
 * Whether NO_PROXY names a host: `*`, a host with its subdomains (with or without a dot in front), an address,
 * a range such as 10.0.0.0/8, each with or without a port; separated by commas or spaces.
 *
 * Hosts of this machine are proxied like others unless named: what is set is done.
 */
export function isExempt(noProxy: string, host: string, port: number): boolean {
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), bareHost(host.toLowerCase()), port))
}

/** A host of a URL without the brackets of an IPv6 address. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isInRange(entry, host)
  const [, name = entry, onlyPort] = /^(.*?[^:]):(\d+)$/.exec(entry) ?? []
  if (onlyPort !== undefined && Number(onlyPort) !== port && !isIpv6(entry)) return false
  const bare = bareHost(isIpv6(entry) ? entry : name)
  const domain = bare.replace(/^\*?\./, '')
  if (host.endsWith(`.${domain}`) && !isAddress(host)) return true
  return host === bare
}

function isInRange(entry: string, host: string): boolean {
  const { BlockList, isIP } = process.getBuiltinModule('node:net')
  const [network = '', bits = ''] = entry.split('/')
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(network) === 0 || !/^\d{1,3}$/.test(bits) || isIP(host) !== isIP(network)) return false
  if (Number(bits) > (family === 'ipv6' ? 128 : 32)) return false
  const range = new BlockList()
  range.addSubnet(network, Number(bits), family)
  return range.check(host, family)
}

function isAddress(host: string): boolean {
  return process.getBuiltinModule('node:net').isIP(host) !== 0
}

function isIpv6(entry: string): boolean {
  return process.getBuiltinModule('node:net').isIPv6(entry)
}

function authorizationOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  const credentials = `${decodePart(url.username)}:${decodePart(url.password)}`
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('its user or password has a % that is not percent-encoded as %25')
  }
}

function invalid(found: string): NotationError {
  return new NotationError(
    'configuration-invalid',
    `failed to setup STM client: cannot use HTTPS_PROXY: ${found}; wanted is http://user:password@host:port`,
  )
}
