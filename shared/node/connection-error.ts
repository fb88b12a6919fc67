// What a failed connection means and what to do about it.

import { type ErrorCode, NotationError } from '../errors.ts'
import { hostHint } from '../stm/host.ts'

/** Whom we tried to reach. */
export interface Peer {
  /** Whose address we were given. */
  readonly origin: string
  /** `host:port` of the proxy, when there is one. */
  readonly proxy: string | undefined
  /** Name of the setting with the address, where it is not SM_HOST. */
  readonly addressSetting?: string
}

interface Meaning {
  readonly code: ErrorCode
  readonly found: string
  readonly remedy?: string
}

/** Stands in remedies for the setting with the address. */
const ADDRESS = '{address}'
const STM_ADDRESS = 'SM_HOST'
const CA_REMEDY =
  'set SM_CA_FILE to the PEM file of the CA that issued it (the client certificate file is not taken for that)'
const REFUSED_CLIENT: Meaning = {
  code: 'credential-invalid',
  found: 'the server refuses the client certificate',
  remedy: 'check that SM_CLIENT_CERT_FILE is the current certificate of your user on this host',
}
const UNTRUSTED: Meaning = {
  code: 'configuration-invalid',
  found: "the server's certificate is issued by a CA that is not trusted here",
  remedy: CA_REMEDY,
}
const NO_TLS: Meaning = {
  code: 'configuration-invalid',
  found: 'the server does not speak TLS as it should',
  remedy: `check the port in ${ADDRESS}`,
}
const BROKEN: Meaning = {
  code: 'signer-unavailable',
  found: 'the connection broke',
  remedy:
    'if it does so each time, the server may refuse the client certificate, or a firewall the connection',
}

/** By the `code` of Node's error. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: {
    code: 'configuration-invalid',
    found: 'there is no host of this name',
    remedy: 'check its spelling, and HTTPS_PROXY if only a proxy knows it',
  },
  EAI_AGAIN: { code: 'signer-unavailable', found: 'the name server does not answer' },
  ECONNREFUSED: { code: 'signer-unavailable', found: 'the connection was refused' },
  EHOSTUNREACH: { code: 'signer-unavailable', found: 'the host cannot be reached' },
  ENETUNREACH: { code: 'signer-unavailable', found: 'the network cannot be reached' },
  ETIMEDOUT: { code: 'signer-timeout', found: 'the connection timed out' },
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_HAS_EXPIRED: {
    code: 'configuration-invalid',
    found: "the server's certificate has expired",
    remedy: "check this machine's clock",
  },
  CERT_NOT_YET_VALID: {
    code: 'configuration-invalid',
    found: "the server's certificate is not valid yet",
    remedy: "check this machine's clock",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'configuration-invalid',
    found: "the server's certificate is for another name",
    remedy: `write ${ADDRESS} as the certificate has it`,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_HTTP_REQUEST: NO_TLS,
  EPROTO: NO_TLS,
}

/** Alerts with which a server turns a client certificate down come after the handshake in TLS 1.3. */
const CLIENT_ALERT =
  /^ERR_SSL_(?!.*UNKNOWN_CA).*ALERT.*(CERTIFICATE|ACCESS_DENIED)|^ERR_SSL_.*ALERT_UNKNOWN_CA$/

/** An error for anything that a socket or an HTTP parser threw. */
export function toConnectionError(thrown: unknown, peer: Peer): NotationError {
  if (thrown instanceof NotationError) return thrown
  const nodeCode = codeOf(thrown)
  const meaning = meaningOf(nodeCode)
  const through = peer.proxy === undefined ? '' : ` through the proxy ${peer.proxy}`
  const { addressSetting = STM_ADDRESS } = peer
  const isStm = addressSetting === STM_ADDRESS
  const remedy = [
    meaning.remedy?.replaceAll(ADDRESS, addressSetting),
    isStm && meaning.code === 'configuration-invalid' ? hostHint(peer.origin) : undefined,
  ].filter((part) => part !== undefined)
  const message = `cannot reach ${peer.origin}${through}: ${meaning.found} (${nodeCode})${remedy.map((part) => `; ${part}`).join('')}`
  return new NotationError(
    meaning.code,
    isStm && isOfSetup(meaning) ? setupFailed(message) : message,
    {
      cause: thrown,
    },
  )
}

/** A message about settings or credentials, in the words of DigiCert's guide. */
export function setupFailed(message: string): string {
  return `failed to setup STM client: ${message}`
}

function isOfSetup({ code }: Meaning): boolean {
  return code === 'configuration-invalid' || code === 'credential-invalid'
}

function meaningOf(code: string): Meaning {
  const known = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined
  if (known !== undefined) return known
  if (CLIENT_ALERT.test(code)) return REFUSED_CLIENT
  if (code.startsWith('HPE_'))
    return { code: 'signer-answer-invalid', found: 'the answer is not HTTP' }
  return BROKEN
}

function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : 'no code'
}
