// A proxy that takes CONNECT, with or without a password, for what must work through one.

import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** How the proxy is to be. */
export interface ProxyOptions {
  /** `user:password` that it asks for. */
  readonly credentials?: string
  /** Where every tunnel ends, whatever host was asked for: names then need not exist. */
  readonly target: { readonly host: string; readonly port: number }
  /** What it answers to CONNECT instead of opening a tunnel: bytes, as they go out. */
  readonly answer?: string
  /** PEM; with it clients speak TLS to the proxy. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A proxy that listens. */
export interface RunningProxy {
  /** `127.0.0.1:PORT`. */
  readonly address: string
  /** Authorities that were asked for, in order. */
  readonly tunnels: readonly string[]
  close(): Promise<void>
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    tunnels.push(request.url ?? '')
    if (options.answer !== undefined) return client.end(options.answer)
    if (!isAllowed(request, options.credentials))
      return client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\nContent-Length: 0\r\n\r\n',
      )
    return openTunnel(client, head, options)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    tunnels,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function isAllowed(request: IncomingMessage, credentials: string | undefined): boolean {
  if (credentials === undefined) return true
  const wanted = `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`
  return request.headers['proxy-authorization'] === wanted
}

function openTunnel(client: Socket, head: Buffer, { target }: ProxyOptions): void {
  const upstream = connect(target, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.write(head)
    upstream.pipe(client)
    client.pipe(upstream)
  })
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
}
