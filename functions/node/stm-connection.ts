// The connection to Software Trust Manager of a server on Node: one agent for all requests, one signer for each.

import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { Agent } from 'undici'
import { openClientCredential } from '../../plugin/pkcs12/client-credential.ts'
import { NotationError } from '../../shared/errors.ts'
import type { Signer } from '../../shared/signer.ts'
import type { StmSettings } from '../../shared/stm/settings.ts'
import { createStmSigner } from '../../shared/stm/signer.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { encodePem, parseCertificatesPemOrDer } from '../../shared/x509/pem.ts'
import { createStmTransport } from './stm-transport.ts'

/**
 * Reads the client certificate and the CA file, and prepares connections; none is made yet.
 *
 * @returns makes the signer of one request
 * @throws {NotationError} `configuration-invalid` | `credential-invalid`, naming the setting
 */
export async function createStmConnection(
  settings: StmSettings,
  now: () => Date,
): Promise<() => Signer> {
  const file = await readNamedFile('SM_CLIENT_CERT_FILE', settings.clientCertificateFile)
  const { key, cert } = openClientCredential(file, settings.clientCertificatePassword, now())
  const dispatcher = new Agent({
    connect: {
      key,
      cert,
      ca: await trustedRoots(settings.caFile),
      rejectUnauthorized: !settings.skipsServerVerification,
    },
  })
  const transport = createStmTransport(dispatcher)
  const { host, apiKey, callTimeoutMs } = settings
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds))
  return () =>
    createStmSigner({ transport, host, apiKey, crypto: webCrypto, now, sleep, callTimeoutMs })
}

async function trustedRoots(caFile: string | undefined): Promise<string[]> {
  if (caFile === undefined) return [...rootCertificates]
  const certificates = parseCertificatesPemOrDer(await readNamedFile('SM_CA_FILE', caFile))
  return certificates.map((der) => encodePem('CERTIFICATE', der))
}

async function readNamedFile(setting: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new NotationError(
      'configuration-invalid',
      `failed to setup STM client: cannot read the file that ${setting} names: ${reason}`,
      { cause },
    )
  }
}
