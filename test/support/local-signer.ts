// A Signer whose key lies in this process.

import { constants, sign } from 'node:crypto'
import type { Signer } from '../../shared/signer.ts'
import { keySpecOfCertificate } from '../../shared/x509/key-spec.ts'
import type { BuiltChain } from './certificates.ts'

/** Signs with the leaf key of a built chain, whatever the key is called. */
export function localSigner({ chain, certificates, leafKey }: BuiltChain): Signer {
  const [leaf] = chain
  if (leaf === undefined) throw new RangeError('Cannot sign without a leaf certificate')
  const { keySpec, scheme } = keySpecOfCertificate(leaf)
  return {
    describeKey: (keyId) => ({ keyId, keySpec, chain: certificates }),
    signMessage(_keyId, message) {
      const padding =
        scheme.name === 'RSA-PSS'
          ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltBytes }
          : { dsaEncoding: 'ieee-p1363' as const }
      return new Uint8Array(sign(scheme.hash, message, { key: leafKey, ...padding }))
    },
  }
}
