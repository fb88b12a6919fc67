// Requests to an emulator as its user makes them: without a socket, or over TLS with the PKCS#12.

import { createHash } from 'node:crypto'
import { type RequestOptions, request } from 'node:https'
import type { RunningEmulator } from '../../emulator/start.ts'

/** Ports for an emulator in a test. */
export const FREE_PORTS = { port: 0, tsaPort: 0, controlPort: 0 } as const

/** The API's base path. */
export const API = '/signingmanager/api/v1'

/** What a test may change of a request; everything is in order when left out. */
export interface AskOptions {
  readonly method?: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is. */
  readonly rawBody?: string
  /** Empty: no header. */
  readonly apiKey?: string
  readonly isTwoFactor?: boolean
}

/** An answer with its body read; `json` is undefined where the body is none. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: AnswerBody
}

/** What tests look at in answers; which members there are is what they check. */
export interface AnswerBody extends AnswerItem {
  readonly total?: number
  readonly offset?: number
  readonly limit?: number
  readonly items?: readonly AnswerItem[]
  readonly error?: { readonly status: string; readonly message: string }
  readonly errors?: readonly { readonly code: string; readonly message: string }[]
  readonly signature?: string
  readonly username?: string
}

/** Keypairs and certificates. */
export interface AnswerItem {
  readonly id?: string
  readonly alias?: string
  readonly key_size?: number
  readonly account?: object
  readonly created_by_user?: object
  readonly certificates?: readonly AnswerItem[]
  readonly keypair?: { readonly alias: string }
  readonly cert?: string
  readonly certificate_status?: string
  readonly default_cert?: boolean
  readonly valid_to?: string
  readonly chain?: readonly { readonly cert_type: string; readonly blob: string }[]
}

/** Asks without a socket. */
export async function ask(
  emulator: RunningEmulator,
  path: string,
  options: AskOptions = {},
): Promise<Answer> {
  const { method, headers, body } = messageOf(emulator, options)
  const url = path.startsWith('/account') ? path : `${API}${path}`
  const response = await emulator.fetch(
    new Request(`https://stm.test${url}`, { method, headers, body }),
    options.isTwoFactor === false ? {} : { peerCertificate: emulator.clientCertificate },
  )
  return answerOf(response.status, response.headers, await response.text())
}

/** Asks over a connection of its own, with the client's PKCS#12 unless told. */
export function askOverTls(
  emulator: RunningEmulator,
  path: string,
  options: AskOptions & { readonly tls?: RequestOptions } = {},
): Promise<Answer> {
  const { method, headers, body } = messageOf(emulator, options)
  const credentials =
    options.isTwoFactor === false
      ? {}
      : { pfx: Buffer.from(emulator.clientP12), passphrase: emulator.clientP12Password }
  const wanted = {
    method,
    headers,
    agent: false,
    ca: emulator.tlsRootPem,
    ...credentials,
    ...options.tls,
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(`${emulator.url}${path}`, wanted, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', reject)
      incoming.once('end', () =>
        resolve(
          answerOf(
            incoming.statusCode ?? 0,
            new Headers(incoming.headers as Record<string, string>),
            Buffer.concat(chunks).toString(),
          ),
        ),
      )
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** The keypair with this alias. */
export function keypairOf(emulator: RunningEmulator, alias: string) {
  const keypair = emulator.keypairs.find((candidate) => candidate.alias === alias)
  if (keypair === undefined) throw new Error(`There is no keypair ${alias}`)
  return keypair
}

/** Asks for a signature of a digest of `message`, by keypair alias. */
export function askToSign(
  emulator: RunningEmulator,
  alias: string,
  signatureAlgorithm: string,
  options: AskOptions = {},
): Promise<Answer> {
  const [hash = ''] = /sha\d+/.exec(signatureAlgorithm.toLowerCase()) ?? []
  const digest = createHash(hash === '' ? 'sha256' : hash)
    .update(MESSAGE)
    .digest('base64')
  return ask(emulator, `/keypairs/${keypairOf(emulator, alias).id}/sign`, {
    method: 'POST',
    body: { sig_alg: signatureAlgorithm, hash: digest },
    ...options,
  })
}

/** What askToSign signs. */
export const MESSAGE = 'the message'

function messageOf(emulator: RunningEmulator, options: AskOptions) {
  const apiKey = options.apiKey ?? emulator.apiKey
  const body = options.rawBody ?? (options.body === undefined ? null : JSON.stringify(options.body))
  return {
    method: options.method ?? 'GET',
    body,
    headers: {
      ...(apiKey === '' ? {} : { 'x-api-key': apiKey }),
      ...(body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    },
  }
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status, headers, text, json: json as AnswerBody }
}
