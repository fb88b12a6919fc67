// The settings of the remote mode, in which the keys are asked for at the API of functions/ and no credential of
// Software Trust Manager is here. STM_NOTARY_URL turns it on; SM_HOST and SM_API_KEY are then not looked at.

import { NotationError } from '../shared/errors.ts'
import { STM_TOTAL_TIMEOUT_MS } from '../shared/limits.ts'
import { bareHost } from '../shared/node/proxy.ts'
import { unquote } from '../shared/stm/host.ts'
import { parseTimeout } from '../shared/stm/settings.ts'
import { ALGORITHM_PREFIX, type Settings } from './settings.ts'

/** A token as it is, or where GitHub Actions gives one to a job. Holds secrets: not for logs. */
export type RemoteCredential =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'actions'
      readonly url: URL
      readonly requestToken: string
      readonly audience: string
    }

/** What the remote mode needs. */
export interface RemoteSettings {
  /** The API's paths go behind it. */
  readonly url: URL
  readonly credential: RemoteCredential
  readonly callTimeoutMs: number
  readonly caFile: string | undefined
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/
/** RFC 6750 §2.1: what stands behind "Bearer". */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/
const HELP =
  'set it to a token of a caller of the API; in GitHub Actions give the job "permissions: id-token: write" instead'

/** Whether the settings ask for the remote mode. */
export function isRemote({ setting }: Settings): boolean {
  return setting('STM_NOTARY_URL') !== undefined
}

/**
 * Reads the settings.
 *
 * @throws {NotationError} `configuration-invalid`, naming the setting, without values that are secret
 */
export function parseRemoteSettings(settings: Settings): RemoteSettings {
  const { setting } = settings
  refuseLocalSettings(settings)
  const url = parseAddress('STM_NOTARY_URL', setting('STM_NOTARY_URL') ?? '')
  if (url.search !== '') throw invalid('STM_NOTARY_URL', 'it has a query')
  const caFile = unquote(setting('SM_CA_FILE') ?? '')
  return {
    url,
    credential: parseCredential(settings, url),
    // One call is all there is, and the API waits for Software Trust Manager in it.
    callTimeoutMs: parseTimeout(setting('SM_CONN_TIMEOUT'), STM_TOTAL_TIMEOUT_MS),
    caFile: caFile === '' ? undefined : caFile,
  }
}

function parseCredential({ setting }: Settings, url: URL): RemoteCredential {
  const token = unquote(setting('STM_NOTARY_TOKEN') ?? '')
  if (token !== '') {
    if (BEARER_TOKEN.test(token)) return { kind: 'token', token }
    throw invalid(
      'STM_NOTARY_TOKEN',
      'it holds a character that no bearer token has; copy it again',
    )
  }
  const requestUrl = setting('ACTIONS_ID_TOKEN_REQUEST_URL')
  const requestToken = setting('ACTIONS_ID_TOKEN_REQUEST_TOKEN')
  if (requestUrl === undefined || requestToken === undefined)
    throw invalid('STM_NOTARY_TOKEN', `it is not set; ${HELP}`)
  const audience = unquote(setting('STM_NOTARY_AUDIENCE') ?? '') || url.origin
  const address = parseAddress('ACTIONS_ID_TOKEN_REQUEST_URL', requestUrl)
  if (BEARER_TOKEN.test(requestToken))
    return { kind: 'actions', url: address, requestToken, audience }
  throw invalid('ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'it is no bearer token')
}

/** Both a token and what it is spent on must not be read on the way; a loopback address has no way. */
function parseAddress(name: string, text: string): URL {
  const url = URL.parse(unquote(text))
  if (url === null) throw invalid(name, 'it is not a URL')
  if (url.username !== '' || url.password !== '')
    throw invalid(name, 'it holds a user or a password')
  if (url.hash !== '') throw invalid(name, 'it has a fragment')
  const isOwn = url.protocol === 'http:' && LOOPBACK.test(bareHost(url.hostname))
  if (url.protocol === 'https:' || isOwn) return url
  throw invalid(name, 'wanted is https://, or http:// to this machine')
}

/** What would have no effect, or a bad one. */
function refuseLocalSettings(settings: Settings): void {
  const { setting, extraCertificatesFile, signatureAlgorithmNames } = settings
  const skips = unquote(setting('SM_TLS_SKIP_VERIFY') ?? '').toLowerCase()
  if (!['', 'false', '0', 'no'].includes(skips))
    throw invalid(
      'SM_TLS_SKIP_VERIFY',
      'with STM_NOTARY_URL whoever answers would get the token; name the CA in SM_CA_FILE instead',
    )
  const [algorithm] = Object.keys(signatureAlgorithmNames)
  if (extraCertificatesFile === undefined && algorithm === undefined) return
  const name = extraCertificatesFile === undefined ? `${ALGORITHM_PREFIX}${algorithm}` : 'ca_certs'
  throw invalid(
    `pluginConfig ${JSON.stringify(name)}`,
    'with STM_NOTARY_URL the API asks Software Trust Manager; set it there, in CONFIG "stm"',
  )
}

function invalid(name: string, found: string): NotationError {
  return new NotationError('configuration-invalid', `Cannot use ${name}: ${found}`)
}
