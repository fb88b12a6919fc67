// The names under which Software Trust Manager is asked for the Notary Project's signature algorithms.

import type { SigningAlgorithm } from '../algorithm.ts'

/** A name for each algorithm, as `sig_alg` takes it. The service does not mind the case. */
export type SignatureAlgorithmNames = Readonly<Record<SigningAlgorithm, string>>

/**
 * The default names. Those of ECDSA are documented and in use; those of RSASSA-PSS are documented for
 * DigiCert's command-line tool and taken over from there, as no public client sends them over REST.
 * The salt that they stand for is not documented: every signature is verified before it is used.
 */
export const SIGNATURE_ALGORITHM_NAMES: SignatureAlgorithmNames = {
  'RSASSA-PSS-SHA-256': 'SHA256WithRSA/PSS',
  'RSASSA-PSS-SHA-384': 'SHA384WithRSA/PSS',
  'RSASSA-PSS-SHA-512': 'SHA512WithRSA/PSS',
  'ECDSA-SHA-256': 'SHA256WithECDSA',
  'ECDSA-SHA-384': 'SHA384WithECDSA',
  'ECDSA-SHA-512': 'SHA512WithECDSA',
}
