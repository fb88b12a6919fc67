// Starts an emulator in this process: its world, the API over HTTPS, the timestamp authority and the
// control port over plain HTTP.

import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import { isIPv6 } from 'node:net'
import { resolve } from 'node:path'
import type { TLSSocket } from 'node:tls'
import type { ApiBindings } from './api-context.ts'
import { createApp } from './app.ts'
import { createControlApp } from './control-app.ts'
import type { Environment } from './environment.ts'
import { type Fault, FaultSchedule, parseFaults } from './faults.ts'
import { Journal, type JournalEntry } from './journal.ts'
import type { KeyKind } from './key-material.ts'
import { type Listener, type ListenOptions, listen, requestListener } from './listener.ts'
import { encodePem } from './pem.ts'
import { type ProfileName, parseProfile } from './profiles.ts'
import type { Service } from './service.ts'
import { credentialPaths, readWorld, writeClientFiles, writeWorld } from './state-folder.ts'
import { Store } from './store.ts'
import { createTimestampApp } from './timestamp-app.ts'
import { createApiServers } from './tls.ts'
import { createWorld, type World } from './world.ts'

/** Where an emulator listens when nothing is said. */
export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORTS = { api: 18443, tsa: 18080, control: 18090 } as const
export const DEFAULT_SEED = 42

/** How to start. Everything may be left out. */
export interface EmulatorOptions {
  /** Address of the API and the TSA; the control port is always on 127.0.0.1. */
  readonly host?: string
  /** Ports; 0 picks a free one. */
  readonly port?: number
  readonly tsaPort?: number
  readonly controlPort?: number
  /** More DNS names and IP addresses for the API's certificate. */
  readonly san?: readonly string[]
  /** Folder that keeps keys, certificates and credentials, and gets the files that clients read. */
  readonly stateDir?: string
  /** Names from profiles.ts, in a list or with commas between them. */
  readonly profile?: string | readonly ProfileName[]
  readonly faults?: readonly Fault[]
  /** Of the randomness behind a fault's share. */
  readonly seed?: number
  readonly now?: () => Date
  /** Gets one line per request, without a line break. */
  readonly log?: (line: string) => void
}

/** A keypair as its user sees it. */
export interface EmulatedKeypair {
  readonly id: string
  readonly alias: string
  readonly keyAlgorithm: KeyKind['algorithm']
  /** RSA only. */
  readonly keySize?: number
  /** P256, P384, P521 or Ed25519. */
  readonly curve?: string
  /** DER of the certificates, default first. */
  readonly certificates: readonly Uint8Array[]
}

/** An emulator that answers. */
export interface RunningEmulator {
  /** What SM_HOST takes: no trailing slash. */
  readonly url: string
  readonly tsaUrl: string
  readonly controlUrl: string
  readonly apiKey: string
  readonly clientP12: Uint8Array
  readonly clientP12Password: string
  /** Trust anchors, PEM: of the API's TLS, for `ca:` trust stores, for `tsa:` trust stores. */
  readonly tlsRootPem: string
  readonly signingRootPem: string
  readonly tsaRootPem: string
  /** Those that there are under the present profile. */
  readonly keypairs: readonly EmulatedKeypair[]
  /** The SM_… variables and TSA_URL; those that hold paths only with a state folder. */
  readonly environment: Environment
  /** Requests to API and TSA in their order. */
  readonly requests: readonly JournalEntry[]
  /** The API without a socket: takes the client certificate as a binding. */
  fetch(request: Request, bindings?: ApiBindings): Response | Promise<Response>
  /** DER; what `fetch` takes as its binding. */
  readonly clientCertificate: Uint8Array
  /** @throws {SetupError} for a name that is not known */
  setProfile(profile: string | readonly ProfileName[]): void
  /** @throws {SetupError} that names the wrong member */
  setFaults(faults: readonly Fault[]): void
  /** Lets running requests finish and ends. */
  close(): Promise<void>
}

/**
 * Starts an emulator.
 *
 * @throws {SetupError} for options that cannot be used and ports that cannot be had
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const now = options.now ?? (() => new Date())
  const profile = parseProfile(options.profile ?? [])
  const faults = new FaultSchedule(parseFaults(options.faults ?? []), options.seed ?? DEFAULT_SEED)
  const stateDir = options.stateDir === undefined ? undefined : resolve(options.stateDir)
  const world = await openWorld(stateDir, now())
  const closing = new AbortController()
  const service: Service = {
    world,
    store: new Store(world.keypairs, async (keypairs) => {
      if (stateDir !== undefined) await writeWorld(stateDir, { ...world, keypairs })
    }),
    behaviour: { profile, faults },
    journal: new Journal(options.log ?? (() => {})),
    now,
    closing: closing.signal,
  }
  return serve(
    service,
    { ...options, ...(stateDir === undefined ? {} : { stateDir }) },
    world,
    closing,
  )
}

async function openWorld(stateDir: string | undefined, now: Date): Promise<World> {
  const kept = stateDir === undefined ? undefined : await readWorld(stateDir)
  if (kept !== undefined) return kept
  const world = await createWorld(now)
  if (stateDir !== undefined) await writeWorld(stateDir, world)
  return world
}

async function serve(
  service: Service,
  options: EmulatorOptions,
  world: World,
  closing: AbortController,
): Promise<RunningEmulator> {
  const api = createApp(service)
  let environment: Environment = {}
  const controls = createControls(service, options.seed ?? DEFAULT_SEED, () => environment)
  const listeners: Listener[] = []
  const close = async () => {
    closing.abort()
    await Promise.all(listeners.map((listener) => listener.close()))
  }
  try {
    const ports = await listenAll(service, api, controls, options, listeners)
    const name = reachableName(options.host ?? DEFAULT_HOST)
    const url = `https://${name}:${ports.api}`
    const tsaUrl = `http://${name}:${ports.tsa}`
    environment = environmentOf(world, url, tsaUrl, options.stateDir)
    if (options.stateDir !== undefined) await writeClientFiles(options.stateDir, world, environment)
    const { credentials, hierarchy } = world
    return {
      url,
      tsaUrl,
      controlUrl: `http://127.0.0.1:${ports.control}`,
      ...credentials,
      tlsRootPem: encodePem(hierarchy.tlsRoot.certificate),
      signingRootPem: encodePem(hierarchy.signingRoot.certificate),
      tsaRootPem: encodePem(hierarchy.tsaRoot.certificate),
      get keypairs() {
        return keypairsOf(service)
      },
      environment,
      requests: service.journal.entries,
      fetch: (request, bindings = {}) => api.fetch(request, bindings),
      setProfile: controls.setProfile,
      setFaults: controls.setFaults,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function listenAll(
  service: Service,
  api: ReturnType<typeof createApp>,
  controls: ReturnType<typeof createControls>,
  options: EmulatorOptions,
  listeners: Listener[],
): Promise<{ api: number; tsa: number; control: number }> {
  const host = options.host ?? DEFAULT_HOST
  const { hierarchy } = service.world
  const { lenient, strict } = await createApiServers(
    hierarchy,
    [...(isAnyOrLoopback(host) ? [] : [host]), ...(options.san ?? [])],
    service.now(),
    requestListener((request, incoming) => api.fetch(request, bindingsOf(incoming))),
  )
  const isStrict = () => service.behaviour.profile.has('tls-refusal')
  const start = async (...args: Parameters<typeof listen>) => {
    const listener = await listen(...args)
    listeners.push(listener)
    return listener.port
  }
  const plain = (
    app: { fetch(request: Request): Response | Promise<Response> },
    at: ListenOptions,
  ) => {
    const server = createServer(requestListener((request) => app.fetch(request)))
    return start([server], () => server, at)
  }
  const ports = {
    api: await start([lenient, strict], () => (isStrict() ? strict : lenient), {
      host,
      port: options.port ?? DEFAULT_PORTS.api,
      flag: '--port',
    }),
    tsa: await plain(createTimestampApp(service), {
      host,
      port: options.tsaPort ?? DEFAULT_PORTS.tsa,
      flag: '--tsa-port',
    }),
    control: await plain(createControlApp(controls), {
      host: '127.0.0.1',
      port: options.controlPort ?? DEFAULT_PORTS.control,
      flag: '--control-port',
    }),
  }
  return ports
}

/** Listening there, the emulator is reached as localhost. */
function isAnyOrLoopback(host: string): boolean {
  return ['localhost', '0.0.0.0', '::', '::1'].includes(host) || host.startsWith('127.')
}

function reachableName(host: string): string {
  if (isAnyOrLoopback(host)) return 'localhost'
  return isIPv6(host) ? `[${host}]` : host
}

function createControls(service: Service, seed: number, environment: () => Environment) {
  const { behaviour } = service
  return {
    environment,
    profile: () => [...behaviour.profile],
    faults: () => behaviour.faults.faults,
    setProfile(value: unknown) {
      behaviour.profile = parseProfile(value)
    },
    setFaults(value: unknown) {
      behaviour.faults = new FaultSchedule(parseFaults(value), seed)
    },
  }
}

function environmentOf(
  { credentials }: World,
  url: string,
  tsaUrl: string,
  stateDir: string | undefined,
): Environment {
  return {
    SM_HOST: url,
    SM_API_KEY: credentials.apiKey,
    SM_CLIENT_CERT_PASSWORD: credentials.clientP12Password,
    ...(stateDir === undefined ? {} : credentialPaths(stateDir)),
    TSA_URL: tsaUrl,
  }
}

function bindingsOf(incoming: IncomingMessage): ApiBindings {
  const certificate = (incoming.socket as TLSSocket).getPeerX509Certificate()
  return certificate === undefined ? {} : { peerCertificate: new Uint8Array(certificate.raw) }
}

function keypairsOf(service: Service): readonly EmulatedKeypair[] {
  return service.store
    .keypairs(service.behaviour.profile)
    .map(({ id, alias, kind, certificates }) => ({
      id,
      alias,
      keyAlgorithm: kind.algorithm,
      ...(kind.algorithm === 'RSA' ? { keySize: kind.modulusBits } : { curve: kind.curve }),
      certificates: certificates
        .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))
        .map(({ certificate }) => new Uint8Array(Buffer.from(certificate, 'base64'))),
    }))
}
