// The calls to the API that the demo makes, as any HTTP client would make them.

import type { PushedImage } from './image.ts'
import type { Stack } from './stack.ts'

/** Answer of `POST /v1/sign`. */
export interface SignAnswer {
  readonly artifact: { readonly reference: string }
  readonly signature: {
    readonly mediaType: string
    readonly envelope: string
    readonly manifestDigest?: string
  }
}

/** Answer of `POST /v1/verify`. */
export interface VerifyAnswer {
  readonly verified: boolean
  readonly message?: string
  readonly policy?: { readonly statement: string; readonly level: string }
  readonly signatures: readonly {
    readonly verified: boolean
    readonly signer?: { readonly subject: string }
    readonly checks: readonly {
      readonly type: string
      readonly action: string
      readonly result: string
      readonly message?: string
    }[]
  }[]
}

export interface ApiClient {
  sign(reference: string, keyId: string, signatureMediaType?: string): Promise<SignAnswer>
  verify(reference: string): Promise<VerifyAnswer>
  verifyEnvelope(image: PushedImage, signature: SignAnswer['signature']): Promise<VerifyAnswer>
}

/** Creates a client of the stack's API, with the token of its one caller. */
export function createApiClient(stack: Stack): ApiClient {
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${stack.token}` }
    const response = await fetch(`${stack.api.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const answer: unknown = await response.json()
    if (response.ok) return answer
    throw new Error(
      `POST ${path} answered ${response.status}: ${(answer as { detail?: string }).detail}`,
    )
  }
  return {
    async sign(reference, keyId, signatureMediaType = 'application/jose+json') {
      return (await post('/v1/sign', {
        reference,
        keyId,
        signatureMediaType,
        timestampAuthority: 'emulator',
      })) as SignAnswer
    },
    async verify(reference) {
      return (await post('/v1/verify', { reference })) as VerifyAnswer
    },
    async verifyEnvelope(image, { mediaType, envelope }) {
      const descriptor = { mediaType: image.mediaType, digest: image.digest, size: image.size }
      const body = {
        artifactReference: image.digestReference,
        descriptor,
        signature: { mediaType, envelope },
      }
      return (await post('/v1/verify', body)) as VerifyAnswer
    },
  }
}
