// Comparing what was sent with a secret, in a time that tells neither how much of it is right nor its length.

import { encodeUtf8 } from '../../../shared/bytes.ts'
import type { Crypto } from '../../../shared/crypto.ts'

/** Whether both are the same text. What is not there equals nothing, and takes as long. */
export async function equalSecrets(
  sent: string | undefined,
  secret: string,
  crypto: Crypto,
): Promise<boolean> {
  const [a, b] = await Promise.all([
    crypto.digest('SHA-256', encodeUtf8(sent ?? '')),
    crypto.digest('SHA-256', encodeUtf8(secret)),
  ])
  let difference = 0
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0)
  return sent !== undefined && difference === 0
}
