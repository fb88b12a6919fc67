// SM_HOST: the address of Software Trust Manager.

import { NotationError } from '../errors.ts'

/** Domains of DigiCert ONE; the host names of all regions end in one of them. */
const DIGICERT_DOMAIN = /(^|\.)digicert\.(com|co\.jp)$/
const CLIENT_AUTHENTICATION_PREFIX = 'clientauth.'

/**
 * Reads SM_HOST: an https URL, with or without quotes around it and a slash behind it.
 *
 * @returns the origin, as `https://clientauth.one.digicert.com`, without a slash at the end: the service
 *   answers a path with `//` in HTML
 * @throws {NotationError} `configuration-invalid`; a user and password in the URL are not shown
 */
export function parseHost(text: string): string {
  const value = unquote(text)
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) throw invalid('it does not start with https://')
  if (!URL.canParse(value)) throw invalid('it is not a URL')
  const url = new URL(value)
  if (url.username !== '' || url.password !== '')
    throw invalid('it holds a user or a password; credentials go into SM_API_KEY')
  if (url.protocol !== 'https:') throw invalid(`it starts with ${url.protocol}//`)
  if (!/^\/*$/.test(url.pathname) || url.search !== '' || url.hash !== '')
    throw invalid(
      `it has more than a host: ${JSON.stringify(url.pathname + url.search + url.hash)}`,
    )
  return url.origin
}

/**
 * What is probably wrong with a host that does not ask for client certificates.
 *
 * @param origin - as parseHost returns it
 * @returns a sentence without a full stop, or undefined when nothing is known to be wrong
 */
export function hostHint(origin: string): string | undefined {
  const { hostname } = new URL(origin)
  if (!DIGICERT_DOMAIN.test(hostname) || hostname.startsWith(CLIENT_AUTHENTICATION_PREFIX))
    return undefined
  return `SM_HOST is ${origin}, which does not take client certificates: use https://${CLIENT_AUTHENTICATION_PREFIX}${hostname}`
}

/** Text without the white space and the one pair of quotes around it, as shells and .env files leave them. */
export function unquote(text: string): string {
  const trimmed = text.trim()
  return /^(["'])(.*)\1$/s.exec(trimmed)?.[2]?.trim() ?? trimmed
}

function invalid(found: string): NotationError {
  return new NotationError(
    'configuration-invalid',
    `failed to setup STM client: cannot use SM_HOST: ${found}; wanted is an address such as https://clientauth.one.digicert.com`,
  )
}
