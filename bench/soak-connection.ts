// What one connection of a soak does, one request after another: it signs an image that nobody else signs, and
// verifies signed and unsigned ones. A request that fails to get an answer, and a verdict that is wrong, are violations.

import type { Pool } from 'undici'
import type { SignAnswer } from '../demo/api-client.ts'
import { type PushedImage, pushImage } from '../demo/image.ts'
import { REPOSITORY, type Stack } from '../demo/stack.ts'

/** A request to sign and what came of it. */
export interface SignAttempt {
  readonly image: PushedImage
  /** "sign 200", or with a problem's code behind the status; "sign no answer". */
  readonly answer: string
  /** Of the one signature that there must be; undefined where there must be none. */
  readonly manifestDigest?: string
}

interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const KEYS = ['rsa-3072', 'ec-p256', 'ec-p384', 'my-key']
const MEDIA_TYPES = ['application/jose+json', 'application/cose']

/** One connection, with what it has seen. */
export class SoakConnection {
  requests = 0
  readonly answers: string[] = []
  readonly attempts: SignAttempt[] = []
  readonly violations: string[] = []
  readonly #stack: Stack
  readonly #pool: Pool
  readonly #index: number

  constructor(stack: Stack, pool: Pool, index: number) {
    this.#stack = stack
    this.#pool = pool
    this.#index = index
  }

  /** Goes round until then, and finishes the round. @param end - of performance.now() */
  async runUntil(end: number): Promise<void> {
    for (let round = 0; performance.now() < end; round++) await this.#goRound(round)
  }

  async #goRound(round: number): Promise<void> {
    const tag = `soak-${this.#index}-${round}`
    const image = await pushImage(this.#stack.registry.host, REPOSITORY, tag)
    await this.#expectVerdict(false, { reference: image.digestReference })
    const signed = await this.#sign(image, this.#index + round)
    if (signed === undefined) return
    await this.#expectVerdict(true, { reference: image.digestReference })
    const { mediaType, envelope } = signed.signature
    const byEnvelope = {
      artifactReference: image.digestReference,
      descriptor: { mediaType: image.mediaType, digest: image.digest, size: image.size },
      signature: { mediaType, envelope },
    }
    await this.#expectVerdict(true, byEnvelope)
    const other = { ...byEnvelope.descriptor, size: image.size + 1 }
    await this.#expectVerdict(false, { ...byEnvelope, descriptor: other })
  }

  async #sign(image: PushedImage, turn: number): Promise<SignAnswer | undefined> {
    const answered = await this.#post('sign', {
      reference: image.reference,
      keyId: KEYS[turn % KEYS.length],
      signatureMediaType: MEDIA_TYPES[turn % MEDIA_TYPES.length],
      timestampAuthority: 'emulator',
    })
    const answer = this.answers.at(-1) ?? ''
    if (answered?.status !== 200) {
      this.attempts.push({ image, answer })
      return undefined
    }
    const signed = answered.body as unknown as SignAnswer
    const { manifestDigest = 'none was named' } = signed.signature
    this.attempts.push({ image, answer, manifestDigest })
    return signed
  }

  async #expectVerdict(verified: boolean, body: object): Promise<void> {
    const answered = await this.#post('verify', body)
    if (answered === undefined || answered.body.verified === verified) return
    this.violations.push(`verify: wanted ${verified}, got ${JSON.stringify(answered.body)}`)
  }

  async #post(operation: 'sign' | 'verify', body: object): Promise<Answered | undefined> {
    this.requests++
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${this.#stack.token}`,
    }
    try {
      const { statusCode, body: answer } = await this.#pool.request({
        method: 'POST',
        path: `/v1/${operation}`,
        headers,
        body: JSON.stringify(body),
      })
      const read = (await answer.json()) as Answered['body']
      const code = statusCode === 200 ? [] : [read.code]
      this.answers.push([operation, statusCode, ...code].join(' '))
      return { status: statusCode, body: read }
    } catch (cause) {
      this.answers.push(`${operation} no answer`)
      this.violations.push(`${operation}: no answer: ${String(cause)}`)
      return undefined
    }
  }
}
