// Digests of content, written as the OCI image specification §Digests has them. Made apart from shared/,
// so that the client and this registry can disagree.

import { OciError } from './oci-error.ts'

/** Registered algorithms and the one unregistered one that clients use, by their WebCrypto names. */
const ALGORITHMS: Readonly<Record<string, { readonly name: string; readonly hexDigits: number }>> =
  {
    sha256: { name: 'SHA-256', hexDigits: 64 },
    sha384: { name: 'SHA-384', hexDigits: 96 },
    sha512: { name: 'SHA-512', hexDigits: 128 },
  }

/** Whether the text is a digest that this registry can check. */
export function isDigest(text: string): boolean {
  const [algorithm = '', hex = '', ...rest] = text.split(':')
  if (rest.length > 0 || !Object.hasOwn(ALGORITHMS, algorithm)) return false
  return hex.length === ALGORITHMS[algorithm]?.hexDigits && /^[0-9a-f]+$/.test(hex)
}

/**
 * Fails unless the bytes have the digest.
 *
 * @throws {OciError} `DIGEST_INVALID`
 */
export async function verifyDigest(bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<void> {
  if (!isDigest(digest))
    throw new OciError(400, 'DIGEST_INVALID', 'no digest of sha256, sha384 or sha512')
  const algorithm = digest.slice(0, digest.indexOf(':'))
  if ((await digestOf(bytes, algorithm)) === digest) return
  throw new OciError(400, 'DIGEST_INVALID', 'the content has another digest')
}

/** The digest of the bytes; sha256 unless another algorithm is named. */
export async function digestOf(
  bytes: Uint8Array<ArrayBuffer>,
  algorithm = 'sha256',
): Promise<string> {
  const name = ALGORITHMS[algorithm]?.name ?? 'SHA-256'
  const hash = new Uint8Array(await crypto.subtle.digest(name, bytes))
  return `${algorithm}:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
