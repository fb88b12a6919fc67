// Envelopes with a timestamp token, which needs the signature before the envelope is whole.

import type { HashName } from '../../../shared/algorithm.ts'
import type { BuiltChain } from '../../support/certificates.ts'
import { changed, member } from '../../support/cose-changes.ts'
import { makeCose, makeJws, rawTime, signMessage } from '../../support/envelopes.ts'
import { rawBytes } from '../../support/raw-cbor.ts'
import { buildToken, type TokenOptions } from '../../support/timestamps.ts'
import type { CaseSignature } from '../corpus-case.ts'
import { cose, jws } from '../definition.ts'

const TOKEN = 'io.cncf.notary.timestampSignature'
const TIME = 'io.cncf.notary.signingTime'

/** The moment of which tokens tell unless told otherwise: within the validity of all that expired. */
export const STAMPED = new Date('2022-06-01T12:00:00Z')

/** How a signature is timestamped. */
export interface Stamp {
  readonly tsa: BuiltChain
  readonly token?: Partial<TokenOptions>
  /** In place of a token. */
  readonly bytes?: Uint8Array
}

/** A signature of the chain's leaf with a token of the authority. */
export function stamped(
  format: 'JWS' | 'COSE',
  chain: BuiltChain,
  { tsa, token = {}, bytes }: Stamp,
): CaseSignature {
  const signed = signOnce(format, chain)
  const [signer] = tsa.issued
  if (signer === undefined) throw new RangeError('the authority has no certificate')
  const made =
    bytes ??
    buildToken({
      signer,
      certificates: tsa.certificates,
      signature: signed.signature,
      imprintHash: signed.hash,
      time: generalizedTime(STAMPED),
      ...token,
    })
  return signed.envelopeWith(made)
}

/** As a GeneralizedTime holds it. */
export function generalizedTime(at: Date): string {
  return at
    .toISOString()
    .replace(/\.\d*Z$/, 'Z')
    .replace(/[-:T]/g, '')
}

interface Signed {
  readonly signature: Uint8Array
  readonly hash: HashName
  envelopeWith(token: Uint8Array): CaseSignature
}

/** The token is not signed, so an envelope may be written around it with the signature that it imprints. */
function signOnce(format: 'JWS' | 'COSE', chain: BuiltChain): Signed {
  let signature: Uint8Array = new Uint8Array()
  const make = (sign: (message: Uint8Array) => Uint8Array, token: Uint8Array = new Uint8Array()) =>
    format === 'JWS' ? jwsWith(chain, sign, token) : coseWith(chain, sign, token)
  make((message) => {
    signature = signMessage(chain, message)
    return signature
  })
  return { signature, hash: hashOf(chain), envelopeWith: (token) => make(() => signature, token) }
}

function jwsWith(
  chain: BuiltChain,
  sign: (message: Uint8Array) => Uint8Array,
  token: Uint8Array,
): CaseSignature {
  const unprotected = { [TOKEN]: Buffer.from(token).toString('base64') }
  const header = { [TIME]: STAMPED.toISOString().replace('.000', '') }
  return jws(makeJws({ chain, sign, unprotected, header }))
}

function coseWith(
  chain: BuiltChain,
  sign: (message: Uint8Array) => Uint8Array,
  token: Uint8Array,
): CaseSignature {
  const header = changed({ time: member(TIME, rawTime(STAMPED)) })
  const unprotected = (members: readonly (readonly [Uint8Array, Uint8Array])[]) => [
    ...members,
    member(TOKEN, rawBytes(token)),
  ]
  return cose(makeCose({ chain, sign, header, unprotected }))
}

/** Notation asks for a token with the hash that the signature has. */
function hashOf({ leafKey }: BuiltChain): HashName {
  const { modulusLength = 0, namedCurve = '' } = leafKey.asymmetricKeyDetails ?? {}
  if (modulusLength === 4096 || namedCurve === 'secp521r1') return 'SHA-512'
  return modulusLength === 3072 || namedCurve === 'secp384r1' ? 'SHA-384' : 'SHA-256'
}
