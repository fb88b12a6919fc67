// From an address and the settings to where the first connection goes: host, port, proxy, and the CAs of SM_CA_FILE.

import { inNamedFile, readNamedFile } from '../shared/node/named-file.ts'
import { bareHost, type HttpProxy, isExempt, parseProxy } from '../shared/node/proxy.ts'
import { encodePem, parseCertificatesPemOrDer } from '../shared/x509/pem.ts'
import type { Settings } from './settings.ts'
import type { SocketTarget } from './tls-connection.ts'

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/**
 * Where to connect to for a URL. HTTPS_PROXY is for URLs of `https:` alone.
 *
 * @param caFile - path of SM_CA_FILE
 * @throws {NotationError} `configuration-invalid`, naming the setting
 */
export function readSocketTarget(
  url: URL,
  caFile: string | undefined,
  settings: Settings,
): SocketTarget {
  const host = bareHost(url.hostname)
  const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port)
  const ca = caFile === undefined ? undefined : readCertificates('SM_CA_FILE', caFile)
  const proxy = url.protocol === 'https:' ? proxyFor(settings, host, port) : undefined
  return { host, port, proxy, ca }
}

function proxyFor({ setting }: Settings, host: string, port: number): HttpProxy | undefined {
  const address = setting('HTTPS_PROXY')
  if (address === undefined || isExempt(setting('NO_PROXY') ?? '', host, port)) return undefined
  return parseProxy(address)
}

/** PEM of every certificate in a file. */
function readCertificates(setting: string, path: string): readonly string[] {
  const file = readNamedFile(setting, path)
  return inNamedFile(setting, path, 'configuration-invalid', () =>
    parseCertificatesPemOrDer(file).map((der) => encodePem('CERTIFICATE', der)),
  )
}
