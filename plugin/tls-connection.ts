// One TLS connection to Software Trust Manager or the API of functions/, directly or through a proxy that takes CONNECT (RFC 9110 §9.3.6).

import type { Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import { NotationError } from '../shared/errors.ts'
import { setupFailed } from '../shared/node/connection-error.ts'
import type { HttpProxy } from '../shared/node/proxy.ts'

/** Where to connect to. */
export interface SocketTarget {
  readonly host: string
  readonly port: number
  readonly proxy: HttpProxy | undefined
  /** CAs, PEM, that may vouch for a proxy of `https:` beside Node's own. */
  readonly ca: readonly string[] | undefined
}

/** Where to connect to and who we are there. */
export interface TlsTarget extends SocketTarget {
  /** Holds the client certificate, and the CAs that may vouch for the server. */
  readonly secureContext: SecureContext
  readonly skipsServerVerification: boolean
}

/** Told of every socket as soon as it exists, so that whoever loses patience can destroy it. */
export type SocketObserver = (socket: Socket) => void

/** A proxy's answer to CONNECT has a few header lines and needs no more. */
const MAX_PROXY_ANSWER_BYTES = 16 * 1024
const HEADER_END = '\r\n\r\n'
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})/

/**
 * Connects to the service, or to its proxy and through that.
 *
 * @throws errors of node:net and node:tls as they are; {NotationError} when the proxy refuses
 */
export async function openSocket(
  { host, port, proxy, ca }: SocketTarget,
  observe: SocketObserver,
): Promise<Socket> {
  if (proxy !== undefined) return openTunnel(proxy, { host, port, ca }, observe)
  const socket = process.getBuiltinModule('node:net').connect({ host, port })
  observe(socket)
  await settled(socket, 'connect')
  return socket
}

/**
 * Makes a TLS connection of a socket; the server is authenticated when this returns.
 *
 * @throws errors of node:tls as they are
 */
export async function shakeHands(socket: Socket, target: TlsTarget): Promise<TLSSocket> {
  const { host, secureContext } = target
  const tls = process.getBuiltinModule('node:tls')
  const secured = tls.connect({
    socket,
    host,
    ...serverName(host),
    secureContext,
    rejectUnauthorized: !target.skipsServerVerification,
    ALPNProtocols: ['http/1.1'],
  })
  await settled(secured, 'secureConnect')
  return secured
}

async function openTunnel(
  proxy: HttpProxy,
  { host, port, ca }: Omit<SocketTarget, 'proxy'>,
  observe: SocketObserver,
): Promise<Socket> {
  const socket = await connectProxy(proxy, ca, observe)
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`]
  if (proxy.authorization !== undefined) lines.push(`Proxy-Authorization: ${proxy.authorization}`)
  socket.write(`${lines.join('\r\n')}${HEADER_END}`)
  requireTunnel(await readHeader(socket), proxy, host)
  return socket
}

async function connectProxy(
  proxy: HttpProxy,
  ca: SocketTarget['ca'],
  observe: SocketObserver,
): Promise<Socket> {
  const { host, port } = proxy
  if (!proxy.usesTls) {
    const socket = process.getBuiltinModule('node:net').connect({ host, port })
    observe(socket)
    await settled(socket, 'connect')
    return socket
  }
  const tls = process.getBuiltinModule('node:tls')
  const socket = tls.connect({
    host,
    port,
    ...serverName(host),
    ...(ca === undefined ? {} : { ca: [...ca, ...tls.rootCertificates] }),
    rejectUnauthorized: true,
  })
  observe(socket)
  await settled(socket, 'secureConnect')
  return socket
}

/** The bytes of an answer up to the empty line. What follows belongs to the tunnel. */
function readHeader(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const settle = (finish: () => void): void => {
      socket.off('data', onData).off('close', onClose).off('error', onError)
      socket.pause()
      finish()
    }
    const onData = (octets: Buffer): void => {
      received += octets.toString('latin1')
      const end = received.indexOf(HEADER_END)
      if (end < 0 && received.length <= MAX_PROXY_ANSWER_BYTES) return
      settle(() => {
        if (end < 0) return reject(proxyError('its answer to CONNECT is not HTTP'))
        const rest = received.slice(end + HEADER_END.length)
        if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'))
        resolve(received.slice(0, end))
      })
    }
    const onClose = (): void =>
      settle(() => reject(proxyError('it closed the connection without an answer to CONNECT')))
    const onError = (error: Error): void => settle(() => reject(error))
    socket.on('data', onData).on('close', onClose).on('error', onError)
  })
}

function requireTunnel(header: string, proxy: HttpProxy, host: string): void {
  const status = Number(STATUS_LINE.exec(header)?.[1] ?? 0)
  if (status >= 200 && status < 300) return
  if (status === 407) {
    const remedy =
      proxy.authorization === undefined
        ? 'put user and password into HTTPS_PROXY, as http://user:password@host:port'
        : 'it does not accept the user and password in HTTPS_PROXY'
    throw new NotationError(
      'configuration-invalid',
      setupFailed(
        `the proxy ${proxy.host}:${proxy.port} answered 407 Proxy Authentication Required: ${remedy}`,
      ),
    )
  }
  if (status >= 500) throw proxyError(`it answered ${status} to CONNECT`)
  throw new NotationError(
    'configuration-invalid',
    setupFailed(
      `the proxy ${proxy.host}:${proxy.port} answered ${status} to CONNECT; let it reach ${host}, or name that host in NO_PROXY`,
    ),
  )
}

function proxyError(found: string): NotationError {
  return new NotationError('signer-unavailable', `Cannot use the proxy of HTTPS_PROXY: ${found}`)
}

/** Server Name Indication holds names, no addresses (RFC 6066 §3). */
function serverName(host: string): { readonly servername: string } {
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host)
  return { servername: isAddress ? '' : host }
}

function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => {
      reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    }
    socket.once('error', reject)
    socket.once('close', onClose)
    socket.once(event, () => {
      socket.off('error', reject)
      socket.off('close', onClose)
      resolve()
    })
  })
}
