import { describe, expect, test } from 'vitest'
import { parseTraceSettings } from '../../../../functions/server/traces/trace-settings.ts'

const parse = (environment: Readonly<Record<string, string>>) =>
  parseTraceSettings((name) => environment[name])
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

describe('parseTraceSettings()', () => {
  test('is off where no endpoint is named, or a variable says so', () => {
    expect(parse({})).toBeUndefined()
    expect(parse({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeUndefined()
    expect(parse({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined()
  })

  test.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['https://collector/otlp', 'https://collector/otlp/v1/traces'],
    ['https://collector/otlp/', 'https://collector/otlp/v1/traces'],
  ])('sends to the path of traces below %s', (endpoint, url) => {
    expect(parse({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual({
      url,
      headers: {},
      resource: { 'service.name': 'notation-digicert-stm' },
      sampledShare: 1,
    })
  })

  test('takes the settings of traces before those of all signals', () => {
    const settings = parse({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/in',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer%20b=, x-team = blue',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,deployment.environment.name=prod',
      OTEL_SERVICE_NAME: 'b',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    })
    expect(settings).toEqual({
      url: 'https://traces.example/in',
      headers: { authorization: 'Bearer b=', 'x-team': 'blue' },
      resource: { 'service.name': 'b', 'deployment.environment.name': 'prod' },
      sampledShare: 0.25,
    })
  })

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://planted', 'no http or https URL'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user:planted@collector', 'no http or https URL'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'planted', 'no http or https URL'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'not "http/json"'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'planted', 'no list of name=value'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=planted', 'no list of headers'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=planted%0a', 'no list of headers'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=planted%', 'not percent-encoded'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=planted', 'no list of name=value'],
    ['OTEL_TRACES_SAMPLER', 'planted', 'neither "parentbased_always_on"'],
  ])('names %s that is wrong, and not its value %s', (name, value, found) => {
    const settings = () => parse({ ...ENDPOINT, [name]: value })
    expect(settings).toThrow(`Cannot start: ${name} is ${found}`)
    expect(settings).not.toThrow('planted')
  })

  test.each(['2', '-1', 'many'])('refuses the share %s', (share) => {
    const sampler = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }
    const settings = { ...ENDPOINT, ...sampler, OTEL_TRACES_SAMPLER_ARG: share }
    expect(() => parse(settings)).toThrow('OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1')
  })
})
