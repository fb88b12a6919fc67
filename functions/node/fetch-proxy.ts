// Proxies for what this process fetches besides Software Trust Manager: registries and timestamp authorities.

import { setGlobalProxyFromEnv } from 'node:http'
import { NotationError } from '../../shared/errors.ts'
import { type Environment, readAnyCase } from '../server/settings.ts'

/**
 * Makes the process's fetch go through HTTPS_PROXY and HTTP_PROXY, except to hosts of NO_PROXY as Node reads it: names,
 * `.domains`, addresses, and ranges `from-to` of these.
 *
 * @throws {NotationError} `configuration-invalid`, without the values, which may hold passwords
 */
export function setFetchProxy(environment: Environment): void {
  const https_proxy = readAnyCase(environment, 'HTTPS_PROXY')
  const http_proxy = readAnyCase(environment, 'HTTP_PROXY')
  const no_proxy = readAnyCase(environment, 'NO_PROXY')
  try {
    setGlobalProxyFromEnv({
      ...(https_proxy === undefined ? {} : { https_proxy: withScheme(https_proxy) }),
      ...(http_proxy === undefined ? {} : { http_proxy: withScheme(http_proxy) }),
      ...(no_proxy === undefined ? {} : { no_proxy }),
    })
  } catch (cause) {
    throw new NotationError(
      'configuration-invalid',
      'Cannot use HTTPS_PROXY or HTTP_PROXY: wanted is http://user:password@host:port',
      { cause },
    )
  }
}

function withScheme(address: string): string {
  return address.includes('://') ? address : `http://${address}`
}
