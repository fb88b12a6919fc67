// The CONFIG document: who may call, which registries are spoken to, which timestamp authorities exist.
// It is read once, at start; a wrong setting stops the start and is named.

import type { SigningAlgorithm } from '../shared/algorithm.ts'
import { decodeUtf8, encodeUtf8 } from '../shared/bytes.ts'
import { NotationError } from '../shared/errors.ts'
import { parseJson } from '../shared/json.ts'
import { MAX_SIGNATURES } from '../shared/limits.ts'
import { createHostPolicy, type HostPolicy } from '../shared/revocation/host-policy.ts'
import { TIMESTAMP_AUTHORITIES } from '../shared/timestamp/authorities.ts'
import { type Certificate, parseCertificate } from '../shared/x509/certificate.ts'
import { parseCertificatesPemOrDer } from '../shared/x509/pem.ts'
import { assembleCallers, type Callers } from './caller-settings.ts'
import { type CertificateProxies, canonicalAddress } from './client-certificate.ts'
import { type ConfigurationDocument, configurationSchema } from './configuration-schema.ts'
import { assembleSources, type EventSource } from './events/event-source.ts'
import { invalidSetting } from './invalid-setting.ts'

/** A registry that this API speaks to. */
export interface RegistryAccess {
  readonly host: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Repositories whose signatures anyone may have verified, fetched without our credentials. */
  readonly publicRepositories: readonly string[]
  readonly plainHttp: boolean
  /** Hosts of token servers, besides the registry's own, that get the credentials. */
  readonly trustedRealms: readonly string[]
}

/** A timestamp authority by its configured name. */
export interface TimestampAuthority {
  readonly name: string
  readonly url: string
  readonly roots: readonly Certificate[]
}

/** What this service needs beyond what every one does. */
export interface StmOptions {
  /** Certificates that the service leaves out of its chains; trusted by nobody, only offered. */
  readonly chainCertificates: readonly Certificate[]
  /** The service's names of signature algorithms, where they differ from ours. */
  readonly signatureAlgorithmNames: Readonly<Partial<Record<SigningAlgorithm, string>>>
}

/** What CONFIG says, checked whole. */
export interface Configuration extends Callers {
  /** Undefined: no header tells of a client certificate. */
  readonly clientCertificates: CertificateProxies | undefined
  readonly registries: ReadonlyMap<string, RegistryAccess>
  readonly timestampAuthorities: ReadonlyMap<string, TimestampAuthority>
  /** Hosts near this server that may be asked about revocation; all public ones may. */
  readonly revocationHosts: HostPolicy
  readonly anonymousVerifyByEnvelope: boolean
  /** Signatures of one artifact that are looked at, or listed; at most MAX_SIGNATURES. */
  readonly maxSignatures: number
  readonly stm: StmOptions
  /** By their names. */
  readonly sources: ReadonlyMap<string, EventSource>
}

/** Nothing configured: nobody signs, no registry is spoken to. */
export const EMPTY_CONFIGURATION: Configuration = {
  callers: [],
  oidcCallers: [],
  certificateCallers: [],
  clientCertificates: undefined,
  registries: new Map(),
  timestampAuthorities: new Map(),
  revocationHosts: createHostPolicy(),
  anonymousVerifyByEnvelope: false,
  maxSignatures: MAX_SIGNATURES,
  stm: { chainCertificates: [], signatureAlgorithmNames: {} },
  sources: new Map(),
}

/**
 * Reads a CONFIG document.
 *
 * @param bytes - JSON, UTF-8
 * @param machineInsecure - hosts that notation's own settings on this machine call insecure besides
 * @throws {NotationError} `configuration-invalid`, naming the setting
 */
export function parseConfiguration(
  bytes: Uint8Array,
  machineInsecure: readonly string[] = [],
): Configuration {
  const document = configurationSchema.safeParse(readJson(bytes))
  if (!document.success) {
    const issue = document.error.issues[0]
    throw invalidSetting(
      issue === undefined ? '' : issue.path.join('.'),
      issue?.message ?? 'unreadable',
    )
  }
  refuseContradictions(document.data)
  const { callers, registries, timestampAuthorities } = document.data
  const { anonymousVerifyByEnvelope, maxSignatures } = document.data
  const insecure = [...document.data.insecureRegistries, ...machineInsecure]
  return {
    ...assembleCallers(callers),
    clientCertificates: certificateProxies(document.data.clientCertificates),
    registries: new Map(
      registries.map((registry) => [registry.host, registryAccess(registry, insecure)]),
    ),
    timestampAuthorities: new Map(
      timestampAuthorities.map((authority, i) => [
        authority.name,
        timestampAuthority(authority, `timestampAuthorities.${i}`),
      ]),
    ),
    revocationHosts: revocationHosts(document.data.revocationHosts),
    anonymousVerifyByEnvelope,
    maxSignatures,
    stm: stmOptions(document.data.stm),
    sources: assembleSources(document.data.sources, (host) =>
      registries.some((registry) => registry.host === host),
    ),
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

/** What no setting alone is wrong about. */
function refuseContradictions(document: ConfigurationDocument): void {
  const { callers, registries, insecureRegistries, timestampAuthorities } = document
  refuseDuplicates('callers', 'name', callers)
  refuseDuplicates('callers', 'tokenSha256', callers)
  refuseDuplicates('callers', 'certificateSha256', callers)
  refuseDuplicates('registries', 'host', registries)
  refuseDuplicates('timestampAuthorities', 'name', timestampAuthorities)
  for (const [i, { username, password }] of registries.entries())
    if ((username === undefined) !== (password === undefined))
      throw invalidSetting(
        `registries.${i}`,
        '"username" and "password" come together or not at all',
      )
  for (const [i, host] of insecureRegistries.entries())
    if (!registries.some((registry) => registry.host === host))
      throw invalidSetting(`insecureRegistries.${i}`, 'is no host of "registries"')
}

function certificateProxies(
  setting: ConfigurationDocument['clientCertificates'],
): CertificateProxies | undefined {
  if (setting === undefined) return undefined
  return { addresses: setting.proxies.map(canonicalAddress), header: setting.header }
}

function registryAccess(
  {
    host,
    username,
    password,
    publicRepositories,
    trustedRealms,
  }: ConfigurationDocument['registries'][number],
  insecure: readonly string[],
): RegistryAccess {
  const credentials =
    username === undefined || password === undefined ? undefined : { username, password }
  const plainHttp = insecure.includes(host)
  return { host, credentials, publicRepositories, plainHttp, trustedRealms }
}

function revocationHosts(hosts: ConfigurationDocument['revocationHosts']): HostPolicy {
  for (const [i, host] of hosts.entries()) {
    try {
      createHostPolicy([host])
    } catch (cause) {
      throw invalidSetting(`revocationHosts.${i}`, 'is neither a host nor host:port', cause)
    }
  }
  return createHostPolicy(hosts)
}

function timestampAuthority(
  { name, url: ownUrl, rootCertificates }: ConfigurationDocument['timestampAuthorities'][number],
  setting: string,
): TimestampAuthority {
  const url = ownUrl ?? new Map(Object.entries(TIMESTAMP_AUTHORITIES)).get(name)
  if (url === undefined) {
    const presets = Object.keys(TIMESTAMP_AUTHORITIES).join(', ')
    throw invalidSetting(`${setting}.url`, `is missing; only the preset names ${presets} need none`)
  }
  return { name, url, roots: readCertificates(`${setting}.rootCertificates`, rootCertificates) }
}

function stmOptions(stm: ConfigurationDocument['stm']): StmOptions {
  if (stm === undefined) return EMPTY_CONFIGURATION.stm
  const { chainCertificates, signatureAlgorithmNames } = stm
  return {
    chainCertificates: readCertificates('stm.chainCertificates', chainCertificates),
    signatureAlgorithmNames,
  }
}

function readCertificates(setting: string, texts: readonly string[]): readonly Certificate[] {
  try {
    return texts.flatMap((text) =>
      parseCertificatesPemOrDer(encodeUtf8(text)).map(parseCertificate),
    )
  } catch (cause) {
    throw invalidSetting(setting, 'must be PEM certificates', cause)
  }
}

function refuseDuplicates<Member extends string>(
  setting: string,
  member: Member,
  entries: readonly Readonly<Partial<Record<Member, string | undefined>>>[],
): void {
  const values = entries.map((entry) => entry[member])
  const index = values.findIndex((value, i) => value !== undefined && values.indexOf(value) !== i)
  if (index !== -1)
    throw invalidSetting(`${setting}.${index}.${member}`, 'is that of an entry before it')
}
