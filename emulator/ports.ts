// The ports that every emulator has: which app listens where, and under which name clients reach it.

import { createServer, type IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { ApiBindings } from './api-context.ts'
import type { Hierarchy } from './hierarchy.ts'
import { isAnyOrLoopback, reachableName } from './host-name.ts'
import { type Listener, type ListenOptions, listen, requestListener } from './listener.ts'
import type { Profile } from './profiles.ts'
import { type ApiServers, createApiServers } from './tls.ts'

/** Where an emulator listens when nothing is said. */
export const DEFAULT_HOST = '127.0.0.1'
/** Its ports then; the README and --help name them. */
export const DEFAULT_PORTS = { api: 18443, tsa: 18080, control: 18090 } as const

/** Where to listen. Everything may be left out. */
export interface PortOptions {
  /** Address of the API and the TSA; the control port is always on 127.0.0.1. */
  readonly host?: string
  /** Ports; 0 picks a free one. */
  readonly port?: number
  readonly tsaPort?: number
  readonly controlPort?: number
  /** More DNS names and IP addresses for the API's certificate. */
  readonly san?: readonly string[]
}

/** What answers: a Hono app, or its like. */
export interface App {
  fetch(request: Request, bindings: ApiBindings): Response | Promise<Response>
}

/** What listens, and what TLS needs to know. */
export interface Apps {
  readonly api: App
  readonly tsa: App
  readonly control: App
  readonly hierarchy: Hierarchy
  /** Looked at for each connection. */
  profile(): Profile
}

/** Everything listens. */
export interface OpenPorts {
  readonly url: string
  readonly tsaUrl: string
  readonly controlUrl: string
  /** Lets running requests finish. */
  close(): Promise<void>
}

/**
 * Opens all of them, or none.
 *
 * @throws {SetupError} for a port that cannot be had and a name that cannot stand in a certificate
 */
export async function openPorts(apps: Apps, options: PortOptions): Promise<OpenPorts> {
  const host = options.host ?? DEFAULT_HOST
  const names = [...(isAnyOrLoopback(host) ? [] : [host]), ...(options.san ?? [])]
  const servers = createApiServers(apps.hierarchy, names, listenerOf(apps.api))
  const ports = {
    api: { host, port: options.port ?? DEFAULT_PORTS.api, flag: '--port' },
    tsa: { host, port: options.tsaPort ?? DEFAULT_PORTS.tsa, flag: '--tsa-port' },
    control: {
      host: '127.0.0.1',
      port: options.controlPort ?? DEFAULT_PORTS.control,
      flag: '--control-port',
    },
  }
  const opened: Listener[] = []
  const close = async () => {
    await Promise.all(opened.map((listener) => listener.close()))
  }
  try {
    for (const open of [
      () => listen(Object.values(servers), () => serverOf(servers, apps.profile()), ports.api),
      () => listenPlain(apps.tsa, ports.tsa),
      () => listenPlain(apps.control, ports.control),
    ])
      opened.push(await open())
  } catch (error) {
    await close()
    throw error
  }
  const [api, tsa, control] = opened.map(({ port }) => port)
  const name = reachableName(host)
  return {
    url: `https://${name}:${api}`,
    tsaUrl: `http://${name}:${tsa}`,
    controlUrl: `http://127.0.0.1:${control}`,
    close,
  }
}

/** Serves an app over HTTP. */
export function listenPlain(app: App, at: ListenOptions): Promise<Listener> {
  const server = createServer(listenerOf(app))
  return listen([server], () => server, at)
}

function listenerOf(app: App): ReturnType<typeof requestListener> {
  return requestListener((request, incoming) => app.fetch(request, bindingsOf(incoming)))
}

function serverOf({ lenient, strict }: ApiServers, profile: Profile): ApiServers['lenient'] {
  return profile.has('tls-refusal') ? strict : lenient
}

function bindingsOf({ socket }: IncomingMessage): ApiBindings {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return {
    ...(certificate === undefined ? {} : { peerCertificate: new Uint8Array(certificate.raw) }),
    endConnection: () => socket.destroySoon(),
  }
}
