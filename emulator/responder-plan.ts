// Where the revocation responders are to stand, from what is asked for and what the certificates of a
// state folder name already.

import { reachableName } from './host-name.ts'
import { REVOCATION_METHODS, type RevocationMethod } from './responders.ts'
import { SetupError } from './setup-error.ts'
import type { KeptService } from './world.ts'

/** What can be asked for. */
export interface RevocationOptions {
  /**
   * Whether what a new emulator issues names revocation responders; where it is left out, they are there
   * if `revocationPort` is. A state folder stays what it is.
   */
  readonly revocation?: boolean
  /** 0 picks a free one; a state folder keeps its own. */
  readonly revocationPort?: number
  /** What certificates name as the base of the responders' URLs: for clients that reach them otherwise. */
  readonly publicUrl?: string
  /** Ways to ask that certificates name; both where it is left out. */
  readonly revocationMethods?: readonly RevocationMethod[]
}

/** Where to listen, and what certificates name. */
export interface ResponderPlan {
  readonly port: number
  /** Undefined: the port's own, once it is known. */
  readonly url: string | undefined
  /** Whether the URL was given: it stays when the port changes. */
  readonly isPublic: boolean
  readonly methods: readonly RevocationMethod[]
  /** Whether certificates name it already. */
  readonly isKept: boolean
}

/** What is known of the folder that an emulator starts from. */
export interface KeptState {
  readonly stateDir: string
  /** Undefined where its certificates name no responders. */
  readonly service: KeptService | undefined
}

/** The responders' port where nothing is said; the README and --help name it. */
export const DEFAULT_REVOCATION_PORT = 18_081

/**
 * Plans the responders; undefined: there are none.
 *
 * @param kept - undefined where everything is made anew
 * @throws {SetupError} for what cannot be, with the remedy
 */
export function planResponders(
  options: RevocationOptions,
  host: string,
  kept: KeptState | undefined,
): ResponderPlan | undefined {
  const { publicUrl, revocationPort, revocationMethods } = options
  const url = publicUrl === undefined ? undefined : parsePublicUrl(publicUrl)
  if (kept === undefined) {
    if (!(options.revocation ?? revocationPort !== undefined)) return planNone(options)
    const methods = revocationMethods ?? REVOCATION_METHODS
    const port = revocationPort ?? DEFAULT_REVOCATION_PORT
    return { port, url, isPublic: url !== undefined, methods, isKept: false }
  }
  if (kept.service === undefined) return planNoneAsKept(options, kept)
  return planAsKept({ ...options, publicUrl: url }, host, kept.stateDir, kept.service)
}

/** URL of a port where no other is said. */
export function ownUrl(host: string, port: number): string {
  return `http://${reachableName(host)}:${port}`
}

function planNone({ revocationPort, publicUrl, revocationMethods }: RevocationOptions): undefined {
  const isAsked = revocationPort !== undefined || publicUrl !== undefined
  if (!isAsked && revocationMethods === undefined) return undefined
  throw new SetupError(
    'Cannot start: --revocation-port, --public-url and --revocation-methods speak of revocation responders, and there are to be none; ask for them with --revocation-port, without --no-revocation',
  )
}

function planNoneAsKept(options: RevocationOptions, { stateDir }: KeptState): undefined {
  const { revocationPort, publicUrl, revocationMethods } = options
  if ([revocationPort, publicUrl, revocationMethods].every((option) => option === undefined))
    return undefined
  throw new SetupError(
    `Cannot start revocation responders: the certificates of ${stateDir} name none; leave out --revocation-port, --public-url and --revocation-methods, or use another state folder`,
  )
}

function planAsKept(
  options: { readonly [K in keyof RevocationOptions]: RevocationOptions[K] | undefined },
  host: string,
  stateDir: string,
  { url, port, methods, isPublic }: KeptService,
): ResponderPlan {
  const refuse = (found: string) => {
    throw new SetupError(
      `Cannot start: the certificates of ${stateDir} name revocation responders at ${url} (${methods.join(', ')}), ${found}; leave the option out, or use another state folder`,
    )
  }
  if (options.revocation === false) refuse('and --no-revocation asks for none')
  const wanted = options.revocationMethods
  if (
    wanted !== undefined &&
    REVOCATION_METHODS.some((method) => wanted.includes(method) !== methods.includes(method))
  )
    refuse(`and --revocation-methods asks for ${wanted.join(', ')}`)
  const wantedPort = options.revocationPort === 0 ? undefined : options.revocationPort
  const wantedUrl = options.publicUrl ?? (isPublic ? url : ownUrl(host, wantedPort ?? port))
  if (wantedUrl !== url) refuse(`not at ${wantedUrl}`)
  return { port: wantedPort ?? port, url, isPublic, methods, isKept: true }
}

function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isBase =
    url?.protocol === 'http:' && url.username === '' && url.search === '' && url.hash === ''
  if (url === undefined || !isBase || text.includes('?') || text.includes('#'))
    throw new SetupError(
      `Cannot start: --public-url is ${JSON.stringify(text)}, wanted an http URL such as http://stm.example:18081`,
    )
  return url.href.replace(/\/+$/, '')
}
