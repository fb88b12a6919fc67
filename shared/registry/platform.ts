// Platforms of images, such as "linux/arm64" or "linux/arm/v7": read, and compared as containerd compares them.
// Nobody asks for a version or features of an operating system: all children that differ only there are for the platform.

/** A platform in the one spelling that containerd makes of all. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  /** Of the architecture; empty for the usual one, except that arm always has one. */
  readonly variant: string
  /** As the index writes it, and where it does: which build of Windows an image needs. Printable ASCII. */
  readonly osVersion?: string
  /** Likewise: what the system must have, such as "win32k". */
  readonly osFeatures?: readonly string[]
}

/** What is asked for: without a variant every variant is. */
export type WantedPlatform = Pick<Platform, 'os' | 'architecture'> & {
  readonly variant: string | undefined
}

/** What builders write in both places for what is no image, and no host is. */
const UNKNOWN = 'unknown'
const PART = /^[a-z0-9][a-z0-9._-]{0,31}$/

const SYSTEMS: ReadonlyMap<string, string> = new Map([['macos', 'darwin']])
/** Other names of architectures; some of them name a variant, which then is the only one. */
const ARCHITECTURES: ReadonlyMap<string, readonly [architecture: string, variant?: string]> =
  new Map([
    ['i386', ['386', '']],
    ['x86_64', ['amd64']],
    ['x86-64', ['amd64']],
    ['aarch64', ['arm64']],
    ['armhf', ['arm', 'v7']],
    ['armel', ['arm', 'v6']],
  ])
/** Other names of variants, by `architecture/variant`. */
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ['amd64/v1', ''],
  ['arm64/8', ''],
  ['arm64/v8', ''],
  ['arm64/v8.0', ''],
  ['arm64/9', 'v9'],
  ['arm64/9.0', 'v9'],
  ['arm64/v9.0', 'v9'],
  ['arm/', 'v7'],
  ['arm/5', 'v5'],
  ['arm/6', 'v6'],
  ['arm/7', 'v7'],
  ['arm/8', 'v8'],
])

/**
 * Makes a platform of its parts. Were spellings not made one, a child could carry one that containerd takes for the
 * platform asked for, and we for another.
 *
 * @returns undefined where a part is no name
 * @see github.com/containerd/platforms, normalizeOS and normalizeArch
 */
export function makePlatform(os: string, architecture: string, variant = ''): Platform | undefined {
  const system = os.toLowerCase()
  const machine = architecture.toLowerCase()
  const written = variant.toLowerCase()
  const isVariant = written === '' || PART.test(written)
  if (!PART.test(system) || !PART.test(machine) || !isVariant) return undefined
  const [name, named = written] = ARCHITECTURES.get(machine) ?? [machine]
  return {
    os: SYSTEMS.get(system) ?? system,
    architecture: name,
    variant: VARIANTS.get(`${name}/${named}`) ?? named,
  }
}

/**
 * Reads a platform that is asked for: `os/architecture` or `os/architecture/variant`.
 *
 * @returns undefined for a text that is none
 */
export function parseWantedPlatform(text: string): WantedPlatform | undefined {
  const [os = '', architecture = '', variant, ...others] = text.split('/')
  const platform = makePlatform(os, architecture, variant)
  if (platform === undefined || variant === '' || others.length > 0) return undefined
  const namesVariant =
    variant !== undefined || ARCHITECTURES.get(architecture.toLowerCase())?.[1] !== undefined
  return { ...platform, variant: namesVariant ? platform.variant : undefined }
}

/** As a text that parseWantedPlatform reads: without what cannot be asked for. */
export function formatPlatform({ os, architecture, variant }: Platform | WantedPlatform): string {
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/')
}

/** Whether something of this platform is asked for, whatever version of its operating system it needs. */
export function isWantedPlatform(found: Platform, wanted: WantedPlatform): boolean {
  const isSame = found.os === wanted.os && found.architecture === wanted.architecture
  return isSame && (wanted.variant === undefined || found.variant === wanted.variant)
}

/** Whether no host has this platform. */
export function isUnknownPlatform({ os, architecture }: Platform): boolean {
  return os === UNKNOWN && architecture === UNKNOWN
}
