// Verdicts on the corpus' envelopes, altered after they were signed: whatever is verified still has what was signed.

import { equalBytes } from '../../shared/bytes.ts'
import { parseEnvelope } from '../../shared/envelope/envelope.ts'
import type { EnvelopeMediaType } from '../../shared/envelope/media-type.ts'
import type { UnverifiedEnvelope } from '../../shared/envelope/unverified-envelope.ts'
import { isNotationError } from '../../shared/errors.ts'
import type { TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createRevocationChecker } from '../../shared/revocation/revocation-checker.ts'
import { verifyArtifact } from '../../shared/verify/verify-artifact.ts'
import { type NamedCase, readCases } from '../corpus/corpus-case.ts'
import { readBundle } from '../corpus/verdicts.ts'
import { AT } from '../support/certificates.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { dependenciesOf } from '../support/ocsp-servers.ts'
import { type Mutate, mutateAny } from './mutate-bytes.ts'
import { mutateCbor } from './mutate-cbor.ts'
import { mutateJson } from './mutate-json.ts'
import type { Target } from './target.ts'

/** A case of the corpus with one envelope, which is verified. */
interface VerifiedCase {
  readonly of: NamedCase
  readonly envelope: Uint8Array
  readonly signed: UnverifiedEnvelope
  readonly bundle: Promise<TrustBundle>
}

/** A target for each form of envelopes. */
export function createVerdictTargets(): readonly Target[] {
  return [
    verdictTarget('verdict-jws', 'application/jose+json', mutateJson),
    verdictTarget('verdict-cose', 'application/cose', mutateCbor),
  ]
}

function verdictTarget(name: string, mediaType: EnvelopeMediaType, structure: Mutate): Target {
  const cases = verifiedCases(mediaType)
  return {
    name,
    codes: ['check-unsupported'],
    make(random) {
      const known = random.pick(cases)
      const input = mutateAny(random, known.envelope, structure)
      return { input, run: () => requireSigned(known, mediaType, input) }
    },
  }
}

function verifiedCases(mediaType: EnvelopeMediaType): readonly VerifiedCase[] {
  return readCases().flatMap((of) => {
    const [only, ...others] = of.signatures
    const isUsable = of.expected.verdict === 'verified' && others.length === 0
    if (!isUsable || only === undefined || !('envelope' in only)) return []
    // Under the level skip anything is verified.
    if (only.mediaType !== mediaType || of.expected.checks === undefined) return []
    const envelope = new Uint8Array(Buffer.from(only.envelope, 'base64'))
    const signed = parseEnvelope(mediaType, envelope)
    return [{ of, envelope, signed, bundle: readBundle(of.bundle) }]
  })
}

async function requireSigned(known: VerifiedCase, mediaType: EnvelopeMediaType, input: Uint8Array) {
  const { reference, descriptor, userMetadata = {}, at } = known.of
  const found = await verifyArtifact(
    { reference, descriptor, signatures: [{ mediaType, envelope: input }], userMetadata },
    {
      bundle: await known.bundle,
      now: at === undefined ? AT : new Date(at),
      crypto: nodeCrypto,
      revocation: createRevocationChecker(dependenciesOf({})),
    },
  )
  if (found.verified && !holdsWhatWasSigned(mediaType, input, known.signed))
    throw new Error(`verified, but it is not what was signed in ${known.of.id}`)
}

function holdsWhatWasSigned(
  mediaType: EnvelopeMediaType,
  input: Uint8Array,
  { protectedHeader, payload, signature }: UnverifiedEnvelope,
): boolean {
  try {
    const altered = parseEnvelope(mediaType, input)
    return (
      equalBytes(altered.protectedHeader, protectedHeader) &&
      equalBytes(altered.payload, payload) &&
      equalBytes(altered.signature, signature)
    )
  } catch (error) {
    if (!isNotationError(error)) throw error
    return false
  }
}
