// The signers of an API: one for each request, all over one transport to Software Trust Manager.

import type { Crypto } from '../shared/crypto.ts'
import { createStmSigner } from '../shared/stm/signer.ts'
import type { StmTransport } from '../shared/stm/transport.ts'
import type { StmOptions } from './configuration.ts'
import type { CreateSigner } from './deps.ts'

/** What all signers have in common. Holds a secret: not for logs. */
export interface SignersOptions {
  readonly transport: StmTransport
  /** Origin without a slash at the end, as parseHost returns it. */
  readonly host: string
  readonly apiKey: string
  readonly callTimeoutMs: number
  readonly crypto: Crypto
  readonly now: () => Date
  /** CONFIG's setting `stm`. */
  readonly stm: StmOptions
}

/** Makes what makes the signers. */
export function createSigners({ stm, ...service }: SignersOptions): CreateSigner {
  return (onSignature) =>
    createStmSigner({
      ...service,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      extraCertificates: stm.chainCertificates,
      signatureAlgorithmNames: stm.signatureAlgorithmNames,
      onSignature,
    })
}
