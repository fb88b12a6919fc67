// The remote mode: from settings to a key holder at the API of functions/. It connects at once and fetches what
// token it needs; what the API answers is checked in remote-answer.ts.

import { encodeBase64 } from '../shared/base64.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import { STM_TOTAL_TIMEOUT_MS } from '../shared/limits.ts'
import { nodeCrypto } from '../shared/node/node-crypto.ts'
import { exchangeWithRetries } from '../shared/stm/retry.ts'
import type { StmAnswer, StmTransport } from '../shared/stm/transport.ts'
import { type Exchange, fetchActionsToken } from './actions-token.ts'
import { beginConnection, createHttpsTransport, type HttpsTransport } from './https-transport.ts'
import type { OpenKeyHolder } from './key-holder.ts'
import type { Log } from './log.ts'
import { logged } from './logged-transport.ts'
import { CONTRACT_VERSION, PLUGIN_NAME, PLUGIN_VERSION } from './metadata.ts'
import { parseKeyAnswer, toRemoteError, verifySignatureAnswer } from './remote-answer.ts'
import { parseRemoteSettings, type RemoteSettings } from './remote-settings.ts'
import type { Settings } from './settings.ts'
import { readSocketTarget } from './socket-target.ts'

/** What the remote mode needs of its process. */
export interface RemoteDeps {
  readonly log: Log
  /** The process's own clock: its time limit runs from its start. */
  readonly elapsedMs: () => number
  /** Told of every secret that is not among the settings. */
  readonly onSecret: (secret: string) => void
}

const RETRY_DEPS = {
  now: () => new Date(),
  sleep: (milliseconds: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  randomBytes: (length: number) => nodeCrypto.randomBytes(length),
}

type Operation = 'describe-key' | 'generate-signature'
type Send = (operation: Operation, request: object) => Promise<StmAnswer>

/**
 * Opens the API for one command.
 *
 * @throws {NotationError} `configuration-invalid`, naming its setting
 */
export function openRemote(settings: Settings, deps: RemoteDeps): OpenKeyHolder {
  const remote = parseRemoteSettings(settings)
  const { origin } = remote.url
  const open: HttpsTransport[] = []
  const connect = (url: URL, addressSetting: AddressSetting): StmTransport => {
    const transport = openTransport(url, addressSetting, remote, settings, deps)
    open.push(transport)
    return logged(transport.exchange, deps.log, deps.elapsedMs)
  }
  const send = createSender(remote, connect, deps)
  return {
    keys: {
      async describeKey(keyId) {
        const request = { contractVersion: CONTRACT_VERSION, keyId }
        return parseKeyAnswer(await send('describe-key', request), keyId, origin)
      },
      async makeSignature(request) {
        const { keyId, entry, payload } = request
        const answer = await send('generate-signature', {
          contractVersion: CONTRACT_VERSION,
          keyId,
          keySpec: entry.keySpec,
          hashAlgorithm: entry.hash,
          payload: encodeBase64(payload),
        })
        const now = new Date()
        const made = await verifySignatureAnswer(answer, request, origin, {
          crypto: nodeCrypto,
          now,
        })
        deps.log.write('INFO', `signed with ${JSON.stringify(keyId)} by ${origin}`)
        return made
      },
    },
    close: () => {
      for (const transport of open) transport.close()
    },
  }
}

type AddressSetting = 'STM_NOTARY_URL' | 'ACTIONS_ID_TOKEN_REQUEST_URL'

function openTransport(
  url: URL,
  addressSetting: AddressSetting,
  { caFile }: RemoteSettings,
  settings: Settings,
  { log, elapsedMs }: RemoteDeps,
): HttpsTransport {
  const socketTarget = readSocketTarget(url, caFile, settings)
  const { proxy, ca } = socketTarget
  const peer = {
    origin: url.origin,
    proxy: proxy === undefined ? undefined : `${proxy.host}:${proxy.port}`,
    addressSetting,
  }
  log.write('DEBUG', `host ${peer.origin}, proxy ${peer.proxy ?? 'none'}`)
  const begun = beginConnection(socketTarget)
  const tls = process.getBuiltinModule('node:tls')
  // SM_CA_FILE is the API's alone; GitHub's own hosts keep the CAs that everybody trusts.
  const alsoPublic = addressSetting === 'STM_NOTARY_URL' ? [] : tls.rootCertificates
  const secureContext =
    url.protocol === 'https:'
      ? tls.createSecureContext({
          minVersion: 'TLSv1.2',
          ...(ca === undefined ? {} : { ca: [...ca, ...alsoPublic] }),
        })
      : undefined
  const target = { ...socketTarget, secureContext, skipsServerVerification: false }
  return createHttpsTransport(target, begun, peer, elapsedMs)
}

/** Sends requests with the token. They are repeated as those to Software Trust Manager are: never once a signature may be spent. */
function createSender(
  { url, credential, callTimeoutMs }: RemoteSettings,
  connect: (url: URL, addressSetting: AddressSetting) => StmTransport,
  { elapsedMs, onSecret }: RemoteDeps,
): Send {
  const base = url.href.replace(/\/+$/, '')
  const connectApi = (): StmTransport => connect(url, 'STM_NOTARY_URL')
  // A connection that waits for GitHub's answer may be closed by then.
  const begun = credential.kind === 'token' ? connectApi() : undefined
  const deadline = new Date(Date.now() + STM_TOTAL_TIMEOUT_MS - elapsedMs())
  const repeating =
    (transport: StmTransport): Exchange =>
    (request) =>
      exchangeWithRetries(request, { callTimeoutMs, deadline }, { ...RETRY_DEPS, transport })
  const findToken = async (): Promise<string> => {
    if (credential.kind === 'token') return credential.token
    const actions = connect(credential.url, 'ACTIONS_ID_TOKEN_REQUEST_URL')
    const token = await fetchActionsToken(repeating(actions), credential)
    onSecret(token)
    return token
  }
  return async (operation, request) => {
    const maySpend = operation === 'generate-signature'
    const token = await findToken()
    const exchange = repeating(begun ?? connectApi())
    const outcome = await exchange({
      method: 'POST',
      url: `${base}/v1/${operation}`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': `${PLUGIN_NAME}/${PLUGIN_VERSION}`,
      },
      body: JSON.stringify(request),
    })
    if (outcome.kind === 'failure')
      throw maySpend && outcome.sent ? unaccounted(outcome.error) : outcome.error
    if (outcome.status !== 200) throw toRemoteError(outcome, url.origin, maySpend)
    return outcome
  }
}

/** The request was written and no answer came that can be read: asking again could spend a second signature. */
function unaccounted(cause: NotationError): NotationError {
  if (!isNotationError(cause, 'signer-timeout', 'signer-unavailable', 'signer-answer-invalid'))
    return cause
  return new NotationError(
    'signature-unaccounted',
    `${cause.message}; the request was sent, a signature may have been spent`,
    { cause },
  )
}
