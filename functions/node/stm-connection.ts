// The connection to Software Trust Manager of a server on Node: one agent for all requests, one signer for each.

import { rootCertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { inNamedFile, readNamedFile } from '../../shared/node/named-file.ts'
import { nodeCrypto } from '../../shared/node/node-crypto.ts'
import { openClientCredential } from '../../shared/node/pkcs12/client-credential.ts'
import type { HttpProxy } from '../../shared/node/proxy.ts'
import type { StmSettings } from '../../shared/stm/settings.ts'
import { encodePem, parseCertificatesPemOrDer } from '../../shared/x509/pem.ts'
import { createSigners } from '../create-signers.ts'
import type { StmConnection, StmConnectionDeps } from '../server/runtime.ts'
import { createStmTransport } from './stm-transport.ts'

/** A connection that rested longer may be about to be closed by the other side, whose sign request is then lost: servers wait 5 s and more. */
const MAX_IDLE_MS = 1000

/**
 * Reads the client certificate and the CA file, and prepares connections; none is made yet.
 *
 * @throws {NotationError} `configuration-invalid` | `credential-invalid`, naming the setting
 */
export function createStmConnection(
  settings: StmSettings,
  { options, proxy, now, observe }: StmConnectionDeps,
): StmConnection {
  const { host, apiKey, callTimeoutMs } = settings
  const agent = createAgent(settings, proxy, now())
  const transport = createStmTransport(agent, {
    origin: host,
    proxy: proxy === undefined ? undefined : `${proxy.host}:${proxy.port}`,
  })
  const signers = createSigners({
    transport: observe(transport),
    host,
    apiKey,
    callTimeoutMs,
    crypto: nodeCrypto,
    now,
    stm: options,
  })
  return { ...signers, close: () => agent.close() }
}

function createAgent(settings: StmSettings, proxy: HttpProxy | undefined, now: Date): Dispatcher {
  const { clientCertificateFile: path, clientCertificatePassword, callTimeoutMs } = settings
  const file = readNamedFile('SM_CLIENT_CERT_FILE', path)
  const { key, cert } = inNamedFile('SM_CLIENT_CERT_FILE', path, 'credential-invalid', () =>
    openClientCredential(file, clientCertificatePassword, now),
  )
  const ca = trustedRoots(settings.caFile)
  const service = {
    key,
    cert,
    ca,
    rejectUnauthorized: !settings.skipsServerVerification,
    minVersion: 'TLSv1.2',
  } as const
  const kept = {
    allowH2: false,
    keepAliveTimeout: MAX_IDLE_MS,
    keepAliveMaxTimeout: MAX_IDLE_MS,
  }
  if (proxy === undefined)
    return new Agent({ ...kept, connect: { ...service, timeout: callTimeoutMs } })
  const { host, port, usesTls, authorization } = proxy
  const name = host.includes(':') ? `[${host}]` : host
  return new ProxyAgent({
    ...kept,
    uri: `${usesTls ? 'https' : 'http'}://${name}:${port}`,
    ...(authorization === undefined ? {} : { token: authorization }),
    connectTimeout: callTimeoutMs,
    requestTls: service,
    // The proxy's certificate is its owner's matter: public roots vouch for it too, and no setting waives it.
    proxyTls: { ca: [...new Set([...ca, ...rootCertificates])] },
  })
}

function trustedRoots(path: string | undefined): string[] {
  if (path === undefined) return [...rootCertificates]
  const file = readNamedFile('SM_CA_FILE', path)
  return inNamedFile('SM_CA_FILE', path, 'configuration-invalid', () =>
    parseCertificatesPemOrDer(file).map((der) => encodePem('CERTIFICATE', der)),
  )
}
