// What the servers of all runtimes have in common.

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
