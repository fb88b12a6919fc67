// An HTTP server on Deno, and its orderly end.

import {
  CLOSE_GRACE_MS,
  cannotListen,
  type Handler,
  type ListenAddress,
  type ListenProblem,
  type RunningServer,
  shownHost,
} from '../server/listening.ts'
import type { DenoApi } from './deno-api.ts'

/** By the names of Deno's errors. */
const LISTEN_PROBLEMS: Readonly<Record<string, ListenProblem | { readonly told: string }>> = {
  AddrInUse: 'port-taken',
  PermissionDenied: 'port-forbidden',
  AddrNotAvailable: 'host-elsewhere',
  NotCapable: { told: 'Deno was not allowed to; start it with --allow-net' },
}

/**
 * Starts a server.
 *
 * @throws {NotationError} `configuration-invalid` when it cannot listen there
 */
export function startServer(deno: DenoApi, address: ListenAddress, handle: Handler): RunningServer {
  const { host: hostname, port } = address
  try {
    const server = deno.serve({ hostname, port, onListen: () => {} }, (request, { remoteAddr }) =>
      handle(request, { peerAddress: remoteAddr.hostname }),
    )
    const close = async (): Promise<void> => {
      const timer = setTimeout(() => process.exit(0), CLOSE_GRACE_MS)
      await server.shutdown()
      clearTimeout(timer)
    }
    return { url: `http://${shownHost(hostname)}:${server.addr.port}`, close }
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) }
    throw cannotListen(address, LISTEN_PROBLEMS[name] ?? { told: message }, cause)
  }
}
