// Ways in which the emulated service differs from its default, each a name that can be switched on.
// Several hold at once. What is documented in the README's table is documented here.

import { SetupError } from './setup-error.ts'

/** Every profile with what it changes. */
export const PROFILES = {
  'list-without-chain': 'certificates in lists have no "chain"; single keypairs have it',
  'list-without-certificates':
    'keypairs in lists have no "certificates"; single keypairs have them',
  'no-certificate': 'no keypair has a certificate',
  'substring-filter':
    'the alias filter finds parts of aliases, case-blind; the exact one comes on page 2',
  'uuid-alias': 'there is a keypair whose alias is shaped like a UUID',
  'root-absent': 'chains end before the root',
  'cross-signed': 'chains hold the root cross-signed by another root beside the self-signed one',
  'shuffled-chain': 'chains come root first',
  'no-signing-permission': 'the API key lacks the permission "signing"',
  'no-view-certificate-permission': 'the API key lacks the permission "View certificate"',
  'alias-in-path': 'keypairs/{id} takes an alias too',
  'double-slash': 'a path with // is served instead of answered with HTML',
  'tls-refusal': 'a TLS connection without the client certificate is refused',
  'raw-ecdsa': 'ECDSA signatures come as r‖s instead of DER',
  'signature-by-id': 'a sign request answers only an id; GET signatures/{id} has the signature',
  'pss-named-mgf1': 'RSASSA-PSS is called SHA256withRSAandMGF1, not SHA256WithRSA/PSS',
  'tsa-cross-signed': 'timestamp tokens hold the TSA root cross-signed by another root',
  'ocsp-by-authority': 'OCSP answers are signed by the authority itself, not by a delegate',
  'ocsp-by-name': 'OCSP answers name their signer by its subject, not by its key',
} as const satisfies Record<string, string>

/** A profile by its name on the command line. */
export type ProfileName = keyof typeof PROFILES
/** The profiles that are on; empty is the default behaviour. */
export type Profile = ReadonlySet<ProfileName>

/** Profiles from their names: a list, or a text with commas between them. Empty means none. */
export function parseProfile(value: unknown): Profile {
  const names = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value
  if (!Array.isArray(names))
    throw new SetupError('Cannot read profile: wanted a name, or a list of names')
  return new Set(names.filter((name) => name !== '').map(parseProfileName))
}

function parseProfileName(name: unknown): ProfileName {
  if (typeof name === 'string' && Object.hasOwn(PROFILES, name)) return name as ProfileName
  const known = Object.keys(PROFILES).join(', ')
  throw new SetupError(`Cannot read profile ${JSON.stringify(name)}: known are ${known}`)
}
