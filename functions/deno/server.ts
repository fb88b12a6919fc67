// The API as an HTTP server on Deno, and its orderly end.

import { NotationError } from '../../shared/errors.ts'
import { createApp } from '../app.ts'
import type { Deps } from '../deps.ts'
import { CLOSE_GRACE_MS, type RunningServer, shownHost } from '../server/listening.ts'
import type { DenoApi } from './deno-api.ts'

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  AddrInUse: 'another program listens there; set PORT to a free port, or to 0 to have one picked',
  PermissionDenied: 'this user may not; set PORT to 1024 or above',
  NotCapable: 'Deno was not allowed to; start it with --allow-net',
  AddrNotAvailable: 'HOST is no address of this machine',
}

/**
 * Starts the API.
 *
 * @param port - 0 picks a free one
 * @throws {NotationError} `configuration-invalid` when it cannot listen there
 */
export function startServer(
  deno: DenoApi,
  { host, port }: { readonly host: string; readonly port: number },
  deps: Deps,
): RunningServer {
  const app = createApp(deps)
  try {
    const server = deno.serve(
      { hostname: host, port, onListen: () => {} },
      (request, { remoteAddr }) => app.fetch(request, { peerAddress: remoteAddr.hostname }),
    )
    const close = async (): Promise<void> => {
      const timer = setTimeout(() => process.exit(0), CLOSE_GRACE_MS)
      await server.shutdown()
      clearTimeout(timer)
    }
    return { url: `http://${shownHost(host)}:${server.addr.port}`, close }
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : ''
    const found = LISTEN_PROBLEMS[name] ?? (cause instanceof Error ? cause.message : String(cause))
    const message = `Cannot listen on ${shownHost(host)}:${port}: ${found}`
    throw new NotationError('configuration-invalid', message, { cause })
  }
}
