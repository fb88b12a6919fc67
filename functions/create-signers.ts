// The signers of an API, one for each request, and whether the service answers: all over one transport to
// Software Trust Manager.

import type { Crypto } from '../shared/crypto.ts'
import { createStmSigner } from '../shared/stm/signer.ts'
import type { StmTransport } from '../shared/stm/transport.ts'
import type { StmOptions } from './configuration.ts'
import type { Deps } from './deps.ts'

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

/** See Deps. */
export type Signers = {
  readonly [Name in 'createSigner' | 'reachSigner']: NonNullable<Deps[Name]>
}

/** Makes what makes the signers, and what asks whether the service answers. */
export function createSigners({ stm, ...service }: SignersOptions): Signers {
  const { transport, host } = service
  return {
    createSigner: (onSignature, knownKeys) =>
      createStmSigner({
        ...service,
        ...(knownKeys === undefined ? {} : { knownKeys }),
        sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        extraCertificates: stm.chainCertificates,
        signatureAlgorithmNames: stm.signatureAlgorithmNames,
        onSignature,
      }),
    // Without the API key: any answer says that network, TLS and client certificate are right.
    reachSigner: async (timeoutMs) => {
      const outcome = await transport({ method: 'GET', url: `${host}/`, headers: {}, timeoutMs })
      if (outcome.kind === 'failure') throw outcome.error
      return outcome
    },
  }
}
