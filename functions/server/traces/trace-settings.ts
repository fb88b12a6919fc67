// The environment variables of OpenTelemetry, as far as they are read: names and meanings are its own
// (opentelemetry.io, "Environment Variable Specification" and "OTLP Exporter").

import { NotationError } from '../../../shared/errors.ts'

/** Where traces go, and which. Holds secrets: not for logs. */
export interface TraceSettings {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly resource: Readonly<Record<string, string>>
  /** From 0 to 1, of traces that begin here. */
  readonly sampledShare: number
}

type ReadVariable = (name: string) => string | undefined

const SIGNAL_PATH = 'v1/traces'
const DEFAULT_SERVICE_NAME = 'notation-digicert-stm'
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
/** RFC 9110 §5.5, without what is obsolete. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/
/** JSON goes to the port of either HTTP form. */
const PROTOCOLS: readonly string[] = ['http/json', 'http/protobuf']
const ALWAYS = 'parentbased_always_on'
const BY_SHARE = 'parentbased_traceidratio'

/**
 * Reads them.
 *
 * @returns undefined where no endpoint is named, or OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER say no
 * @throws {NotationError} `configuration-invalid`, naming the variable and never its value
 */
export function parseTraceSettings(read: ReadVariable): TraceSettings | undefined {
  const isOff = read('OTEL_SDK_DISABLED') === 'true' || read('OTEL_TRACES_EXPORTER') === 'none'
  const url = isOff ? undefined : findUrl(read)
  if (url === undefined) return undefined
  const protocol = eitherOf(read, 'PROTOCOL') ?? { name: '', value: 'http/json' }
  if (!PROTOCOLS.includes(protocol.value)) throw unusable(protocol.name, 'not "http/json"')
  const headers = eitherOf(read, 'HEADERS')
  const resource = parsePairs('OTEL_RESOURCE_ATTRIBUTES', read('OTEL_RESOURCE_ATTRIBUTES') ?? '')
  const name = read('OTEL_SERVICE_NAME') ?? resource['service.name'] ?? DEFAULT_SERVICE_NAME
  return {
    url,
    headers: headers === undefined ? {} : parseHeaders(headers.name, headers.value),
    resource: { ...resource, 'service.name': name },
    sampledShare: parseSampler(read),
  }
}

/** A setting of the exporter for traces alone, else for all signals. */
function eitherOf(
  read: ReadVariable,
  setting: string,
): { readonly name: string; readonly value: string } | undefined {
  for (const name of [`OTEL_EXPORTER_OTLP_TRACES_${setting}`, `OTEL_EXPORTER_OTLP_${setting}`]) {
    const value = read(name)
    if (value !== undefined) return { name, value }
  }
  return undefined
}

/** The one for traces is taken as it is; the path of the signal follows the other. */
function findUrl(read: ReadVariable): string | undefined {
  const endpoint = eitherOf(read, 'ENDPOINT')
  if (endpoint === undefined) return undefined
  const { name, value } = endpoint
  const url = URL.parse(value)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url === null || !isHttp || url.username !== '' || url.password !== '')
    throw unusable(name, 'no http or https URL without user and password')
  if (name.includes('TRACES')) return url.href
  return `${url.origin}${url.pathname.replace(/\/?$/, '/')}${SIGNAL_PATH}`
}

function parseHeaders(name: string, text: string): Readonly<Record<string, string>> {
  const headers = parsePairs(name, text)
  const isSendable = Object.entries(headers).every(
    ([key, value]) => HEADER_NAME.test(key) && HEADER_VALUE.test(value),
  )
  if (isSendable) return headers
  throw unusable(name, 'no list of headers')
}

/** `name=value,name=value`, values percent-encoded, as W3C Baggage writes them. */
function parsePairs(name: string, text: string): Readonly<Record<string, string>> {
  const parts = text.split(',').filter((part) => part.trim() !== '')
  const pairs = parts.map((part) => {
    const [key = '', ...value] = part.split('=')
    if (key.trim() === '' || value.length === 0) throw unusable(name, 'no list of name=value')
    try {
      return [key.trim(), decodeURIComponent(value.join('=').trim())] as const
    } catch {
      throw unusable(name, 'not percent-encoded')
    }
  })
  return Object.fromEntries(pairs)
}

function parseSampler(read: ReadVariable): number {
  const sampler = read('OTEL_TRACES_SAMPLER') ?? ALWAYS
  if (sampler === ALWAYS) return 1
  if (sampler !== BY_SHARE)
    throw unusable('OTEL_TRACES_SAMPLER', `neither "${ALWAYS}" nor "${BY_SHARE}"`)
  const share = Number(read('OTEL_TRACES_SAMPLER_ARG') ?? '1')
  if (share >= 0 && share <= 1) return share
  throw unusable('OTEL_TRACES_SAMPLER_ARG', 'no number from 0 to 1')
}

function unusable(name: string, found: string): NotationError {
  return new NotationError('configuration-invalid', `Cannot start: ${name} is ${found}`)
}
