// A timestamp authority in place of the network, for tests.

import { DER_TAG, parseDer } from '../../shared/der.ts'
import { type BuiltChain, buildChain } from './certificates.ts'
import { buildResponse, buildToken, type TokenOptions } from './timestamps.ts'

/** Headers of a timestamp reply. */
export const REPLY = { 'Content-Type': 'application/timestamp-reply' }

/** The chain that signs unless told otherwise. */
export const tsa: BuiltChain = buildChain({ purpose: 'timestamping' })

/** What the authority is asked. */
export interface Request {
  readonly url: string
  readonly init: RequestInit
  /** DER MessageImprint and INTEGER of the request's body. */
  readonly imprint: Uint8Array
  readonly nonce: Uint8Array
}

/** How an authority answers. */
export type Answer = (request: Request) => Response | Promise<Response>

/** The parts of a TimeStampReq that an answer repeats. */
export function readRequest(body: Uint8Array): { imprint: Uint8Array; nonce: Uint8Array } {
  return parseDer(body, { code: 'internal', object: 'request' }, (der) =>
    der.inside(DER_TAG.sequence, () => {
      der.readSmallInteger()
      const parts = { imprint: der.readRaw(DER_TAG.sequence), nonce: der.readRaw(DER_TAG.integer) }
      der.readBoolean()
      return parts
    }),
  )
}

/** An authority that stamps what it is asked to, but for the changes. */
export function stamping(options: Partial<TokenOptions> = {}, chain = tsa): Answer {
  return ({ imprint, nonce }) => {
    const [signer] = chain.issued
    if (signer === undefined) throw new Error('The chain is empty')
    const token = buildToken({
      signer,
      certificates: chain.certificates,
      imprint,
      nonce,
      ...options,
    })
    return new Response(Uint8Array.from(buildResponse(token)), { headers: REPLY })
  }
}
