// Starts an emulator in this process: its world, the API over HTTPS, the timestamp authority, the
// revocation responders and the control port over plain HTTP.

import { resolve } from 'node:path'
import type { ApiBindings } from './api-context.ts'
import { createApp } from './app.ts'
import { type Controls, createControlApp } from './control-app.ts'
import type { Emulation } from './emulation.ts'
import type { Environment } from './environment.ts'
import { type Fault, FaultSchedule, parseFaults } from './faults.ts'
import { issuedCertificates } from './issued-certificates.ts'
import { Journal, type JournalEntry } from './journal.ts'
import type { KeyKind } from './key-material.ts'
import { encodePem } from './pem.ts'
import { DEFAULT_HOST, type OpenPorts, openPorts, type PortOptions } from './ports.ts'
import { type ProfileName, parseProfile } from './profiles.ts'
import { planResponders, type RevocationOptions } from './responder-plan.ts'
import { openResponderPort, type ResponderPort } from './responder-port.ts'
import { createRevocationApp } from './revocation-app.ts'
import { type ListedCertificate, RevocationBook } from './revocation-book.ts'
import type { RevocationChange } from './revocation-change.ts'
import { SetupError } from './setup-error.ts'
import { credentialPaths, readWorld, writeClientFiles, writeWorld } from './state-folder.ts'
import { Store } from './store.ts'
import { createTimestampApp } from './timestamp-app.ts'
import { createWorld, type World } from './world.ts'
import { WorldKeeper } from './world-keeper.ts'

/** Seed of the faults' shares when nothing is said. */
export const DEFAULT_SEED = 42

/** How to start. Everything may be left out. */
export interface EmulatorOptions extends PortOptions, RevocationOptions {
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
  /** Base of the revocation responders' URLs in certificates; undefined where these name none. */
  readonly revocationUrl: string | undefined
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
  /** Every certificate whose state can be asked for. */
  readonly certificates: readonly ListedCertificate[]
  /** Requests to API, TSA and revocation responders in their order. */
  readonly requests: readonly JournalEntry[]
  /** The API without a socket: takes the client certificate as a binding. */
  fetch(request: Request, bindings?: ApiBindings): Response | Promise<Response>
  /** DER; what `fetch` takes as its binding. */
  readonly clientCertificate: Uint8Array
  /** @throws {SetupError} for a name that is not known */
  setProfile(profile: string | readonly ProfileName[]): void
  /** @throws {SetupError} that names the wrong member */
  setFaults(faults: readonly Fault[]): void
  /**
   * Sets what the revocation responders say from now on; resolves when a state folder holds it.
   *
   * @throws {SetupError} that names the wrong member, and where there are no responders
   */
  setRevocation(change: RevocationChange): Promise<void>
  /** Lets running requests finish and ends. */
  close(): Promise<void>
}

/**
 * Starts an emulator.
 *
 * @throws {SetupError} for options that cannot be used and ports that cannot be had
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const stateDir = options.stateDir === undefined ? undefined : resolve(options.stateDir)
  const kept = stateDir === undefined ? undefined : await readWorld(stateDir)
  const host = options.host ?? DEFAULT_HOST
  const isKept = stateDir !== undefined && kept !== undefined
  const plan = planResponders(options, host, isKept ? { stateDir, ...kept } : undefined)
  const responders = plan === undefined ? undefined : await openResponderPort(plan, host)
  try {
    return await startWith({ ...options, stateDir }, kept, responders)
  } catch (error) {
    await responders?.close()
    throw error
  }
}

async function startWith(
  options: Started,
  kept: World | undefined,
  responders: ResponderPort | undefined,
): Promise<RunningEmulator> {
  const now = options.now ?? (() => new Date())
  const profile = parseProfile(options.profile ?? [])
  const faults = new FaultSchedule(parseFaults(options.faults ?? []), options.seed ?? DEFAULT_SEED)
  const world = kept ?? createWorld(now(), responders?.service)
  const write = async (written: World) => {
    if (options.stateDir !== undefined) await writeWorld(options.stateDir, written)
  }
  if (kept === undefined) await write(world)
  const keeper = new WorldKeeper(world, write)
  const closing = new AbortController()
  const emulation: Emulation = {
    world,
    store: new Store(world.keypairs, (keypairs) => keeper.keep({ keypairs })),
    revocations: new RevocationBook(world.revocations, (revocations) =>
      keeper.keep({ revocations }),
    ),
    behaviour: { profile, faults },
    journal: new Journal(options.log ?? (() => {})),
    now,
    closing: closing.signal,
  }
  return serve(emulation, world, { ...options, closing, responders })
}

/** The options, with the state folder's whole path. */
interface Started extends Omit<EmulatorOptions, 'stateDir'> {
  readonly stateDir: string | undefined
}

interface ServeOptions extends Started {
  /** Ends the answers that never come. */
  readonly closing: AbortController
  readonly responders: ResponderPort | undefined
}

async function serve(
  emulation: Emulation,
  world: World,
  options: ServeOptions,
): Promise<RunningEmulator> {
  const { responders, closing, stateDir } = options
  let environment: Environment = {}
  const controls = createControls(emulation, options, () => environment)
  const api = createApp(emulation)
  responders?.answerWith(createRevocationApp(emulation, responders.service))
  const apps = {
    api,
    tsa: createTimestampApp(emulation),
    control: createControlApp(controls),
    hierarchy: world.hierarchy,
    profile: () => emulation.behaviour.profile,
  }
  const ports = await openPorts(apps, options)
  const close = async () => {
    closing.abort()
    await Promise.all([ports.close(), responders?.close()])
  }
  environment = environmentOf(world, ports, stateDir)
  await publish(world, environment, stateDir).catch(async (error) => {
    await close()
    throw error
  })
  return {
    ...ports,
    revocationUrl: responders?.service.url,
    ...world.credentials,
    ...rootsOf(world),
    get keypairs() {
      return keypairsOf(emulation)
    },
    get certificates() {
      return controls.revocation()
    },
    environment,
    requests: emulation.journal.entries,
    fetch: (request, bindings = {}) => api.fetch(request, bindings),
    setProfile: controls.setProfile,
    setFaults: controls.setFaults,
    setRevocation: controls.setRevocation,
    close,
  }
}

async function publish(
  world: World,
  environment: Environment,
  stateDir: string | undefined,
): Promise<void> {
  if (stateDir !== undefined) await writeClientFiles(stateDir, world, environment)
}

function createControls(
  emulation: Emulation,
  { seed = DEFAULT_SEED, responders }: ServeOptions,
  environment: () => Environment,
): Controls {
  const { behaviour, world, store, revocations, now } = emulation
  const certificates = () => issuedCertificates(world.hierarchy, store.everyKeypair())
  return {
    environment,
    profile: () => [...behaviour.profile],
    faults: () => behaviour.faults.faults,
    setProfile(value) {
      behaviour.profile = parseProfile(value)
    },
    setFaults(value) {
      behaviour.faults = new FaultSchedule(parseFaults(value), seed)
    },
    revocation: () => revocations.list(certificates()),
    async setRevocation(value) {
      if (responders === undefined)
        throw new SetupError(
          'Cannot set a revocation state: the certificates of this emulator name no responders; start it with --revocation-port',
        )
      await revocations.set(value, certificates(), now())
    },
  }
}

function rootsOf({ hierarchy }: World) {
  return {
    tlsRootPem: encodePem(hierarchy.tlsRoot.certificate),
    signingRootPem: encodePem(hierarchy.signingRoot.certificate),
    tsaRootPem: encodePem(hierarchy.tsaRoot.certificate),
  }
}

function environmentOf(
  { credentials }: World,
  { url, tsaUrl }: OpenPorts,
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

function keypairsOf(emulation: Emulation): readonly EmulatedKeypair[] {
  return emulation.store
    .keypairs(emulation.behaviour.profile)
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
