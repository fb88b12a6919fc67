// What the servers of all runtimes have in common.

import { NotationError } from '../../shared/errors.ts'
import type { Sender } from '../client-certificate.ts'

/** Answers a request. It does not reject. */
export type Handler = (request: Request, sender: Sender) => Response | Promise<Response>

/** Where to listen, and the settings that say so, for messages. */
export interface ListenAddress {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly settings: { readonly host: string; readonly port: string }
}

/** A server that answers. */
export interface RunningServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string
  /** Takes no more requests, lets those that run finish within CLOSE_GRACE_MS, then resolves. */
  close(): Promise<void>
}

/** What runs may take all of STM's time limit, and a registry's behind it. */
export const CLOSE_GRACE_MS = 90_000

/** A host as URLs write it. */
export function shownHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** What keeps a program from listening. */
export type ListenProblem = 'port-taken' | 'port-forbidden' | 'host-elsewhere' | 'host-unknown'

/**
 * The error of a server that cannot listen.
 *
 * @param problem - by name where there is a remedy, else as the runtime tells it
 * @returns `configuration-invalid`
 */
export function cannotListen(
  { host, port, settings }: ListenAddress,
  problem: ListenProblem | { readonly told: string },
  cause: unknown,
): NotationError {
  const found = typeof problem === 'string' ? remedies(settings)[problem] : problem.told
  const message = `Cannot listen on ${shownHost(host)}:${port}: ${found}`
  return new NotationError('configuration-invalid', message, { cause })
}

function remedies({
  host,
  port,
}: ListenAddress['settings']): Readonly<Record<ListenProblem, string>> {
  return {
    'port-taken': `another program listens there; set ${port} to a free port, or to 0 to have one picked`,
    'port-forbidden': `this user may not; set ${port} to 1024 or above`,
    'host-elsewhere': `${host} is no address of this machine`,
    'host-unknown': `${host} is no known name`,
  }
}
