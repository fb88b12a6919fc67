// The Crypto seam over WebCrypto, as Workers, Deno, browsers and Node have it.

import type { SignatureScheme } from './algorithm.ts'
import type { Crypto } from './crypto.ts'

/** A WebCrypto import or verify algorithm. */
type Parameters = {
  readonly name: string
  readonly hash?: string
  readonly namedCurve?: string
  readonly saltLength?: number
}

/** Crypto over globalThis.crypto. */
export const webCrypto: Crypto = {
  async digest(hash, bytes) {
    return new Uint8Array(await crypto.subtle.digest(hash, bufferSource(bytes)))
  },
  async verify(scheme, spki, signature, message) {
    const parameters = parametersOf(scheme)
    try {
      const key = await crypto.subtle.importKey('spki', bufferSource(spki), parameters, false, [
        'verify',
      ])
      if (!hasLengthOf(key, signature)) return false
      return await crypto.subtle.verify(
        parameters,
        key,
        bufferSource(signature),
        bufferSource(message),
      )
    } catch (error) {
      // DataError, NotSupportedError …: a key that is malformed or does not fit the scheme.
      if (error instanceof DOMException) return false
      throw error
    }
  },
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

/** An RSA signature is as long as the modulus; the lengths of others are checked by every implementation. */
function hasLengthOf({ algorithm }: CryptoKey, signature: Uint8Array): boolean {
  const { modulusLength } = algorithm as Partial<RsaKeyAlgorithm>
  return modulusLength === undefined || signature.length === Math.ceil(modulusLength / 8)
}

function parametersOf(scheme: SignatureScheme): Parameters {
  return scheme.name === 'RSA-PSS' ? { ...scheme, saltLength: scheme.saltBytes } : scheme
}

/** The bytes in an ArrayBuffer of their own kind: a view of a SharedArrayBuffer is copied, as WebCrypto takes none. */
function bufferSource(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes)
}
