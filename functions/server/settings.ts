// The API's environment variables on Node, checked whole at start.

import { isIP } from 'node:net'
import { NotationError } from '../../shared/errors.ts'
import { bareHost, type HttpProxy, isExempt, parseProxy } from '../../shared/node/proxy.ts'
import type { StmSettings } from '../../shared/stm/settings.ts'
import type { Load } from '../capacity.ts'
import {
  MAX_CONCURRENCY,
  MAX_CONCURRENT_SIGN,
  MAX_CONCURRENT_VERIFY,
  MAX_WAITING_STATUSES,
} from '../limits.ts'
import { dockerConfigurationFile } from './docker-configuration.ts'
import type { ListenAddress } from './listening.ts'
import { notationFolder } from './notation-configuration.ts'
import { type QueueSettings, readQueueSettings } from './queue/queue-settings.ts'
import { readStmSettings } from './stm-environment.ts'
import { parseTraceSettings, type TraceSettings } from './traces/trace-settings.ts'

/** A process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says. */
export interface Settings {
  readonly address: ListenAddress
  /** Where metrics are shown; undefined where nobody asked for them. */
  readonly metrics: ListenAddress | undefined
  /** Where traces go; undefined where no endpoint is named. */
  readonly traces: TraceSettings | undefined
  /** Pieces of work at once. */
  readonly maxConcurrent: Readonly<Record<Load, number>>
  /** Whether only this machine can reach the API. */
  readonly isLoopback: boolean
  /** Path of the CONFIG document. */
  readonly configurationFile: string | undefined
  /** Path of a trust bundle; without it notation's own configuration folder is read. */
  readonly trustBundleFile: string | undefined
  /** Where notation keeps trust policy and trust stores. */
  readonly notationFolder: string
  /** Docker's own configuration, which holds credentials of registries. */
  readonly dockerConfigurationFile: string
  /**
   * Reads the secrets that files hold anew. Gives undefined where no SM_ variable is set: the server then only verifies.
   *
   * @throws {NotationError} `configuration-invalid`, naming the variable
   */
  readonly readStm: () => StmSettings | undefined
  readonly queue: QueueSettings
  /** Through which Software Trust Manager is reached; undefined where it is reached directly. */
  readonly proxy: HttpProxy | undefined
}

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 8080
const API_ADDRESS = { host: 'HOST', port: 'PORT' } as const
const METRICS_ADDRESS = { host: 'METRICS_HOST', port: 'METRICS_PORT' } as const
const HTTPS_PORT = 443

/**
 * Reads the settings.
 *
 * @param platform - as Node names it; decides where notation's folder is
 * @throws {NotationError} `configuration-invalid`, naming the variable
 */
export function readSettings(
  environment: Environment,
  platform: string = process.platform,
): Settings {
  const host = variable(environment, 'HOST') ?? DEFAULT_HOST
  const readStm = () => readStmSettings((name) => variable(environment, name))
  return {
    address: { host, port: portOf(environment, 'PORT') ?? DEFAULT_PORT, settings: API_ADDRESS },
    metrics: metricsAddress(environment),
    traces: parseTraceSettings((name) => variable(environment, name)),
    maxConcurrent: {
      sign: limitOf(environment, 'MAX_CONCURRENT_SIGN') ?? MAX_CONCURRENT_SIGN,
      verify: limitOf(environment, 'MAX_CONCURRENT_VERIFY') ?? MAX_CONCURRENT_VERIFY,
      wait: MAX_WAITING_STATUSES,
    },
    isLoopback: isLoopback(host),
    configurationFile: variable(environment, 'CONFIG'),
    trustBundleFile: variable(environment, 'TRUST_BUNDLE'),
    notationFolder: notationFolder(environment, platform),
    dockerConfigurationFile: dockerConfigurationFile(environment),
    readStm,
    queue: readQueueSettings((name) => variable(environment, name)),
    proxy: proxyTo(readStm()?.host, environment),
  }
}

/** HTTPS_PROXY is checked also where nothing goes through it. */
function proxyTo(origin: string | undefined, environment: Environment): HttpProxy | undefined {
  const address = readAnyCase(environment, 'HTTPS_PROXY')
  if (address === undefined) return undefined
  const proxy = parseProxy(address)
  if (origin === undefined) return undefined
  const { hostname, port } = new URL(origin)
  const noProxy = readAnyCase(environment, 'NO_PROXY') ?? ''
  const isDirect = isExempt(noProxy, bareHost(hostname), port === '' ? HTTPS_PORT : Number(port))
  return isDirect ? undefined : proxy
}

/** A variable that programs on Unix write in small letters, which then counts too; empty is unset. */
export function readAnyCase(environment: Environment, name: string): string | undefined {
  return variable(environment, name) ?? variable(environment, name.toLowerCase())
}

function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name]
  return value === '' ? undefined : value
}

function metricsAddress(environment: Environment): ListenAddress | undefined {
  const port = portOf(environment, METRICS_ADDRESS.port)
  if (port === undefined) return undefined
  const host = variable(environment, METRICS_ADDRESS.host) ?? DEFAULT_HOST
  return { host, port, settings: METRICS_ADDRESS }
}

function portOf(environment: Environment, name: string): number | undefined {
  return numberOf(environment, name, 0, 65_535)
}

function limitOf(environment: Environment, name: string): number | undefined {
  return numberOf(environment, name, 1, MAX_CONCURRENCY)
}

function numberOf(
  environment: Environment,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = variable(environment, name)
  if (text === undefined) return undefined
  const number = Number(text)
  if (/^[0-9]{1,5}$/.test(text) && number >= least && number <= most) return number
  throw new NotationError(
    'configuration-invalid',
    `Cannot start: ${name} is not a number from ${least} to ${most}`,
  )
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}
