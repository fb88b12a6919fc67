// Under which name clients on this machine reach what listens on an address.

import { isIPv6 } from 'node:net'

/** Listening there, the emulator is reached as localhost. */
export function isAnyOrLoopback(host: string): boolean {
  return ['localhost', '0.0.0.0', '::', '::1'].includes(host) || host.startsWith('127.')
}

/** The host of URLs that lead to a listener. */
export function reachableName(host: string): string {
  if (isAnyOrLoopback(host)) return 'localhost'
  return isIPv6(host) ? `[${host}]` : host
}
