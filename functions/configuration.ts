// The CONFIG document: who may call, which registries are spoken to, which timestamp authorities exist.
// It is read once, at start; a wrong setting stops the start and is named.

import { z } from 'zod'
import { decodeUtf8, encodeUtf8 } from '../shared/bytes.ts'
import { NotationError } from '../shared/errors.ts'
import { parseJson } from '../shared/json.ts'
import { TIMESTAMP_AUTHORITIES } from '../shared/timestamp/authorities.ts'
import { type Certificate, parseCertificate } from '../shared/x509/certificate.ts'
import { parseCertificatesPemOrDer } from '../shared/x509/pem.ts'

/** What a caller may be granted; `generate-signature` signs for every repository, as its payload names none. */
export const PERMISSIONS = ['describe-key', 'generate-signature', 'sign', 'verify'] as const
/** One of PERMISSIONS. */
export type Permission = (typeof PERMISSIONS)[number]

/** Stands for every key, or every repository of the configured registries. */
export const ANY = '*'

const hostSchema = z
  .string()
  .regex(
    /^[a-zA-Z0-9.-]+(:[0-9]{1,5})?$|^\[[0-9a-fA-F:]+\](:[0-9]{1,5})?$/,
    'must be a host, or host:port, without scheme or path',
  )

const callerSchema = z.strictObject({
  name: z.string().min(1),
  tokenSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the token in lower-case hexadecimal'),
  permissions: z.array(z.enum(PERMISSIONS)),
  keys: z.array(z.string().min(1)).default([]),
  repositories: z.array(z.string().min(1)).default([]),
})

const registrySchema = z.strictObject({
  host: hostSchema,
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  publicRepositories: z.array(z.string().min(1)).default([]),
})

const timestampAuthoritySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes'),
  url: z.url({ protocol: /^https?$/ }).optional(),
  rootCertificates: z.array(z.string().min(1)).min(1),
})

const configurationSchema = z.strictObject({
  callers: z.array(callerSchema).default([]),
  registries: z.array(registrySchema).default([]),
  insecureRegistries: z.array(hostSchema).default([]),
  timestampAuthorities: z.array(timestampAuthoritySchema).default([]),
  anonymousVerifyByEnvelope: z.boolean().default(false),
})

/** A caller with a static token, of which only the digest is kept. */
export interface CallerGrant {
  readonly name: string
  /** Lower-case hexadecimal. */
  readonly tokenSha256: string
  readonly permissions: readonly Permission[]
  readonly keys: readonly string[]
  /** `host/repository`, or ANY. */
  readonly repositories: readonly string[]
}

/** A registry that this API speaks to. */
export interface RegistryAccess {
  readonly host: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Repositories whose signatures anyone may have verified, fetched without our credentials. */
  readonly publicRepositories: readonly string[]
  readonly plainHttp: boolean
}

/** A timestamp authority by its configured name. */
export interface TimestampAuthority {
  readonly name: string
  readonly url: string
  readonly roots: readonly Certificate[]
}

/** What CONFIG says, checked whole. */
export interface Configuration {
  readonly callers: readonly CallerGrant[]
  readonly registries: ReadonlyMap<string, RegistryAccess>
  readonly timestampAuthorities: ReadonlyMap<string, TimestampAuthority>
  readonly anonymousVerifyByEnvelope: boolean
}

/** Nothing configured: nobody signs, no registry is spoken to. */
export const EMPTY_CONFIGURATION: Configuration = {
  callers: [],
  registries: new Map(),
  timestampAuthorities: new Map(),
  anonymousVerifyByEnvelope: false,
}

/**
 * Reads a CONFIG document.
 *
 * @param bytes - JSON, UTF-8
 * @throws {NotationError} `configuration-invalid`, naming the setting
 */
export function parseConfiguration(bytes: Uint8Array): Configuration {
  const document = configurationSchema.safeParse(readJson(bytes))
  if (!document.success) {
    const issue = document.error.issues[0]
    throw invalid(issue === undefined ? '' : issue.path.join('.'), issue?.message ?? 'unreadable')
  }
  const {
    callers,
    registries,
    insecureRegistries,
    timestampAuthorities,
    anonymousVerifyByEnvelope,
  } = document.data
  refuseDuplicates(
    'callers',
    callers.map((caller) => caller.name),
  )
  refuseDuplicates(
    'registries',
    registries.map((registry) => registry.host),
  )
  refuseDuplicates(
    'timestampAuthorities',
    timestampAuthorities.map((authority) => authority.name),
  )
  return {
    callers,
    registries: new Map(
      registries.map((registry, i) => [
        registry.host,
        registryAccess(registry, i, insecureRegistries),
      ]),
    ),
    timestampAuthorities: new Map(
      timestampAuthorities.map((authority, i) => [
        authority.name,
        timestampAuthority(authority, i),
      ]),
    ),
    anonymousVerifyByEnvelope,
  }
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJson(decodeUtf8(bytes))
  } catch (cause) {
    throw new NotationError(
      'configuration-invalid',
      'Cannot read CONFIG: it is not well-formed JSON',
      { cause },
    )
  }
}

function registryAccess(
  registry: z.infer<typeof registrySchema>,
  index: number,
  insecureRegistries: readonly string[],
): RegistryAccess {
  const { host, username, password, publicRepositories } = registry
  if ((username === undefined) !== (password === undefined)) {
    throw invalid(`registries.${index}`, '"username" and "password" come together or not at all')
  }
  const credentials =
    username === undefined || password === undefined ? undefined : { username, password }
  return { host, credentials, publicRepositories, plainHttp: insecureRegistries.includes(host) }
}

function timestampAuthority(
  authority: z.infer<typeof timestampAuthoritySchema>,
  index: number,
): TimestampAuthority {
  const url = authority.url ?? new Map(Object.entries(TIMESTAMP_AUTHORITIES)).get(authority.name)
  const setting = `timestampAuthorities.${index}`
  if (url === undefined) {
    const presets = Object.keys(TIMESTAMP_AUTHORITIES).join(', ')
    throw invalid(`${setting}.url`, `is missing; only the preset names ${presets} need none`)
  }
  try {
    const roots = authority.rootCertificates.flatMap((text) =>
      parseCertificatesPemOrDer(encodeUtf8(text)).map(parseCertificate),
    )
    return { name: authority.name, url, roots }
  } catch (cause) {
    throw invalid(`${setting}.rootCertificates`, 'must be PEM certificates', cause)
  }
}

function refuseDuplicates(setting: string, names: readonly string[]): void {
  const duplicate = names.find((name, index) => names.indexOf(name) !== index)
  if (duplicate !== undefined)
    throw invalid(setting, `has two entries for ${JSON.stringify(duplicate)}`)
}

function invalid(setting: string, found: string, cause?: unknown): NotationError {
  const where = setting === '' ? 'CONFIG' : `CONFIG setting "${setting}"`
  return new NotationError('configuration-invalid', `Cannot use ${where}: ${found}`, { cause })
}
