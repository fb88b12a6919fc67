// Software Trust Manager as a list of answers: what was asked is kept, and time passes only by sleeping.

import { NotationError } from '../../../shared/errors.ts'
import type { StmSignerOptions } from '../../../shared/stm/signer.ts'
import type { StmAnswer, StmFailure, StmRequest } from '../../../shared/stm/transport.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import type { BuiltChain } from '../../support/certificates.ts'
import { AT } from '../../support/certificates.ts'

/** What the service does with one request. */
export type Reply = StmAnswer | StmFailure

/** A transport over a script, with a clock of its own. */
export interface ScriptedService {
  readonly options: StmSignerOptions
  /** `GET /keypairs/…`, without the API's path. */
  readonly asked: readonly string[]
  readonly requests: readonly StmRequest[]
  /** Milliseconds of each wait. */
  readonly sleeps: readonly number[]
}

/** The origin of the scripted service. */
export const HOST = 'https://clientauth.one.digicert.com'

/** A service that gives these answers, one a request, the last for ever; a reply may look at the request. */
export function scriptedService(
  replies: readonly (Reply | ((request: StmRequest) => Reply))[],
  changes: Partial<StmSignerOptions> = {},
): ScriptedService {
  const requests: StmRequest[] = []
  const sleeps: number[] = []
  let now = AT.getTime()
  const options: StmSignerOptions = {
    transport: async (request) => {
      requests.push(request)
      const reply = replies[Math.min(requests.length, replies.length) - 1]
      if (reply === undefined) throw new Error('no reply is scripted')
      return typeof reply === 'function' ? reply(request) : reply
    },
    host: HOST,
    apiKey: 'scripted-key',
    crypto: webCrypto,
    now: () => new Date(now),
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds)
      now += milliseconds
    },
    ...changes,
  }
  return {
    options,
    requests,
    sleeps,
    get asked() {
      return requests.map(
        ({ method, url }) => `${method} ${url.replace(`${HOST}/signingmanager/api/v1`, '')}`,
      )
    },
  }
}

/** An answer with a JSON body. */
export function json(
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): StmAnswer {
  return { kind: 'answer', status, headers, body: Buffer.from(JSON.stringify(value), 'utf8') }
}

/** An answer with a text for body. */
export function text(body: string, status = 200): StmAnswer {
  return { kind: 'answer', status, headers: {}, body: Buffer.from(body, 'utf8') }
}

/** An exchange that failed before or after the request left. */
export function failed(
  sent: boolean,
  code: 'signer-unavailable' | 'signer-timeout' | 'configuration-invalid' = 'signer-unavailable',
): StmFailure {
  return { kind: 'failure', sent, error: new NotationError(code, 'the wire was cut') }
}

/** A page of keypairs. */
export function page(items: readonly unknown[], total = items.length, offset = 0): StmAnswer {
  return json({ total, offset, limit: 100, items })
}

/** A keypair as the service shows it, with a chain for its certificate. */
export function keypair(
  built: BuiltChain,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    id: 'ea936a8f-0000-4000-8000-000000000001',
    alias: 'my-key',
    future: { unknown: true },
    public_key: base64(built.chain[0]?.spki),
    certificates: [certificate(built)],
    ...changes,
  }
}

/** A certificate as the service shows it. */
export function certificate(
  built: BuiltChain,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const [leaf, ...others] = built.certificates
  return {
    alias: 'my-key',
    cert: base64(leaf),
    certificate_status: 'ACTIVE',
    default_cert: true,
    chain: others.map((der) => ({ cert_type: 'intermediate', blob: base64(der) })),
    ...changes,
  }
}

/** Padded base64. */
export function base64(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64')
}
