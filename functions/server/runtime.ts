// What Node and Deno do each in its own way.

import type { Crypto } from '../../shared/crypto.ts'
import type { HttpProxy } from '../../shared/node/proxy.ts'
import type { StmSettings } from '../../shared/stm/settings.ts'
import type { StmTransport } from '../../shared/stm/transport.ts'
import type { StmOptions } from '../configuration.ts'
import type { Signers } from '../create-signers.ts'
import type { Handler, ListenAddress, RunningServer } from './listening.ts'
import type { Environment } from './settings.ts'

/** A runtime that the API runs on as a process. */
export interface Runtime {
  readonly crypto: Crypto
  /**
   * Reads the client certificate and the CA file, and prepares connections; none is made yet.
   *
   * @throws {NotationError} `configuration-invalid` | `credential-invalid`, naming the setting
   */
  readonly connectStm: (settings: StmSettings, deps: StmConnectionDeps) => StmConnection
  /**
   * Starts a server.
   *
   * @throws {NotationError} `configuration-invalid` when it cannot listen there
   */
  readonly startServer: (address: ListenAddress, handle: Handler) => Promise<RunningServer>
  /**
   * Makes the process's fetch go through the proxies that the environment names.
   *
   * @throws {NotationError} `configuration-invalid`
   */
  readonly setFetchProxy: (environment: Environment) => void
}

/** Makes signers until it is closed. */
export interface StmConnection extends Signers {
  /** Ends the connections that are kept. */
  readonly close: () => Promise<void>
}

/** What is needed beside the service's own settings. */
export interface StmConnectionDeps {
  /** CONFIG's setting `stm`. */
  readonly options: StmOptions
  /** Through which the service is reached; undefined where it is reached directly. */
  readonly proxy: HttpProxy | undefined
  readonly now: () => Date
  /** Wraps what carries the requests, to see them. */
  readonly observe: (transport: StmTransport) => StmTransport
}
