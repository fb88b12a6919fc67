// The connection to Software Trust Manager on Deno: one HTTP client that presents the client certificate.

import { decodeBase64 } from '../../shared/base64.ts'
import { decodeUtf8 } from '../../shared/bytes.ts'
import { NotationError } from '../../shared/errors.ts'
import { setupFailed } from '../../shared/node/connection-error.ts'
import { inNamedFile, readNamedFile } from '../../shared/node/named-file.ts'
import { openClientCredential } from '../../shared/node/pkcs12/client-credential.ts'
import type { HttpProxy } from '../../shared/node/proxy.ts'
import type { StmSettings } from '../../shared/stm/settings.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { encodePem, parseCertificatesPemOrDer } from '../../shared/x509/pem.ts'
import { createSigners } from '../create-signers.ts'
import type { StmConnection, StmConnectionDeps } from '../server/runtime.ts'
import { createFetchTransport } from '../stm-fetch-transport.ts'
import { judgeConnection } from './connection-failure.ts'
import type { DenoApi, DenoHttpClient } from './deno-api.ts'

/**
 * Reads the client certificate and the CA file, and prepares connections; none is made yet.
 *
 * @throws {NotationError} `configuration-invalid` | `credential-invalid`, naming the setting
 */
export function createStmConnection(
  deno: DenoApi,
  settings: StmSettings,
  { options, proxy, now, observe }: StmConnectionDeps,
): StmConnection {
  const { host, apiKey, callTimeoutMs } = settings
  const client = createClient(deno, settings, proxy, now())
  const peer = {
    origin: host,
    proxy: proxy === undefined ? undefined : `${proxy.host}:${proxy.port}`,
  }
  // Deno's fetch takes a client beside the options of the standard.
  const withClient = (url: string, init: RequestInit) =>
    fetch(url, { ...init, client } as RequestInit)
  const signers = createSigners({
    transport: observe(createFetchTransport(withClient, judgeConnection(peer))),
    host,
    apiKey,
    callTimeoutMs,
    crypto: webCrypto,
    now,
    stm: options,
  })
  return { ...signers, close: async () => client.close() }
}

function createClient(
  deno: DenoApi,
  settings: StmSettings,
  proxy: HttpProxy | undefined,
  now: Date,
): DenoHttpClient {
  if (settings.skipsServerVerification)
    throw new NotationError(
      'configuration-invalid',
      setupFailed(
        "SM_TLS_SKIP_VERIFY has no effect on Deno; set SM_CA_FILE to the PEM file of the CA that issued the server's certificate",
      ),
    )
  const { clientCertificateFile: path, clientCertificatePassword, caFile } = settings
  const file = readNamedFile('SM_CLIENT_CERT_FILE', path)
  const { key, cert } = inNamedFile('SM_CLIENT_CERT_FILE', path, 'credential-invalid', () =>
    openClientCredential(file, clientCertificatePassword, now),
  )
  return deno.createHttpClient({
    key,
    cert,
    ...(caFile === undefined ? {} : { caCerts: readRoots(caFile) }),
    ...(proxy === undefined ? {} : { proxy: toDenoProxy(proxy) }),
  })
}

function readRoots(path: string): readonly string[] {
  const file = readNamedFile('SM_CA_FILE', path)
  return inNamedFile('SM_CA_FILE', path, 'configuration-invalid', () =>
    parseCertificatesPemOrDer(file).map((der) => encodePem('CERTIFICATE', der)),
  )
}

function toDenoProxy({ host, port, usesTls, authorization }: HttpProxy) {
  const name = host.includes(':') ? `[${host}]` : host
  const url = `${usesTls ? 'https' : 'http'}://${name}:${port}`
  if (authorization === undefined) return { url }
  const credentials = decodeUtf8(decodeBase64(authorization.slice('Basic '.length)))
  const [username = '', ...rest] = credentials.split(':')
  return { url, basicAuth: { username, password: rest.join(':') } }
}
