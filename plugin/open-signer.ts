// From settings to a signer: files are read, the client certificate is opened, nothing is connected yet.

import type { SecureContext, SecureContextOptions } from 'node:tls'
import { NotationError } from '../shared/errors.ts'
import { STM_TOTAL_TIMEOUT_MS } from '../shared/limits.ts'
import { setupFailed } from '../shared/node/connection-error.ts'
import { inNamedFile, readNamedFile } from '../shared/node/named-file.ts'
import { nodeCrypto } from '../shared/node/node-crypto.ts'
import { openClientCredential } from '../shared/node/pkcs12/client-credential.ts'
import type { Signer } from '../shared/signer.ts'
import { parseStmSettings, type StmSettings } from '../shared/stm/settings.ts'
import { createStmSigner } from '../shared/stm/signer.ts'
import { type Certificate, parseCertificate } from '../shared/x509/certificate.ts'
import { parseCertificatesPemOrDer } from '../shared/x509/pem.ts'
import { beginConnection, createHttpsTransport } from './https-transport.ts'
import type { Log } from './log.ts'
import { logged } from './logged-transport.ts'
import type { Settings } from './settings.ts'
import { readSocketTarget } from './socket-target.ts'
import type { SocketTarget, TlsTarget } from './tls-connection.ts'

/** A signer with a connection to end. */
export interface OpenSigner {
  readonly signer: Signer
  readonly close: () => void
}

/**
 * Opens a signer for one command.
 *
 * @param elapsedMs - the process's own clock: its time limit runs from its start
 * @throws {NotationError} `configuration-invalid` | `credential-invalid`, each naming its setting
 */
export function openSigner(settings: Settings, log: Log, elapsedMs: () => number): OpenSigner {
  const stm = parseStmSettings(settings.setting)
  const socketTarget = readSocketTarget(new URL(stm.host), stm.caFile, settings)
  const { proxy } = socketTarget
  const peer = {
    origin: stm.host,
    proxy: proxy === undefined ? undefined : `${proxy.host}:${proxy.port}`,
  }
  log.write('DEBUG', `host ${peer.origin}, proxy ${peer.proxy ?? 'none'}`)
  // Names are looked up and the connection is made while the PKCS#12 file is opened, which can take a third of a second.
  const begun = beginConnection(socketTarget)
  try {
    const target = { ...socketTarget, ...authenticate(stm, socketTarget, log) }
    const extraCertificates = readExtraCertificates(settings)
    const transport = createHttpsTransport(target, begun, peer, elapsedMs)
    const signer = createStmSigner({
      transport: logged(transport.exchange, log, elapsedMs),
      host: stm.host,
      apiKey: stm.apiKey,
      crypto: nodeCrypto,
      now: () => new Date(),
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      extraCertificates,
      signatureAlgorithmNames: settings.signatureAlgorithmNames,
      callTimeoutMs: stm.callTimeoutMs,
      totalTimeoutMs: STM_TOTAL_TIMEOUT_MS - elapsedMs(),
      onSignature: ({ keypairId, signatureAlgorithm, signatureId }) =>
        log.write(
          'INFO',
          `signed with keypair ${keypairId} as ${signatureAlgorithm}, signature id ${signatureId ?? 'unknown'}`,
        ),
    })
    return { signer, close: transport.close }
  } catch (cause) {
    begun.destroy()
    throw cause
  }
}

function authenticate(
  stm: StmSettings,
  { ca }: SocketTarget,
  log: Log,
): Pick<TlsTarget, 'secureContext' | 'skipsServerVerification'> {
  const credential = openCredential(stm, log)
  const tls = process.getBuiltinModule('node:tls')
  // Only for speed: as long as the default is Node's own, its 145 roots are parsed even for a context that has
  // other CAs. Node 22.19 and 24.5 can; the context below names its CAs all the same.
  if (ca !== undefined) tls.setDefaultCACertificates?.(ca)
  const secureContext = createContext(tls, {
    key: credential.key,
    cert: credential.cert,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: [...ca] }),
  })
  if (stm.skipsServerVerification)
    log.write('WARN', "SM_TLS_SKIP_VERIFY is set: the server's certificate is not checked")
  return { secureContext, skipsServerVerification: stm.skipsServerVerification }
}

/** OpenSSL has the last word on keys: it refuses those that it holds for too weak. */
function createContext(
  tls: typeof import('node:tls'),
  options: SecureContextOptions,
): SecureContext {
  try {
    return tls.createSecureContext(options)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no code'
    throw new NotationError(
      'credential-invalid',
      setupFailed(`TLS cannot use the key and the certificate of SM_CLIENT_CERT_FILE (${code})`),
      { cause },
    )
  }
}

function openCredential(
  stm: StmSettings,
  log: Log,
): { readonly key: string; readonly cert: string } {
  const path = stm.clientCertificateFile
  const file = readNamedFile('SM_CLIENT_CERT_FILE', path)
  const credential = inNamedFile('SM_CLIENT_CERT_FILE', path, 'credential-invalid', () =>
    openClientCredential(file, stm.clientCertificatePassword, new Date()),
  )
  log.write(
    'DEBUG',
    `client certificate ${credential.subject}, valid until ${credential.notAfter.toISOString()}`,
  )
  return credential
}

function readExtraCertificates({ extraCertificatesFile: path }: Settings): readonly Certificate[] {
  if (path === undefined) return []
  const file = readNamedFile('ca_certs', path)
  return inNamedFile('ca_certs', path, 'configuration-invalid', () =>
    parseCertificatesPemOrDer(file).map(parseCertificate),
  )
}
