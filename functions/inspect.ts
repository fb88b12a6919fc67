// POST /v1/inspect: what signatures say of themselves, by reference or by envelope, as `notation inspect`
// tells it. Nothing is verified, and no trust policy is asked.

import { z } from 'zod'
import { recognisedMediaType } from '../shared/envelope/recognised-media-type.ts'
import { NotationError } from '../shared/errors.ts'
import { type InspectedSignature, inspectSignature } from '../shared/inspect/inspect-signature.ts'
import {
  encodeNotation2,
  encodeNotation13,
  type InspectionEncoder,
} from '../shared/inspect/notation-json.ts'
import { mayAnyoneVerify, mayAnyoneVerifyEnvelopes } from './anonymous-access.ts'
import { referenceSchema } from './artifact-schema.ts'
import { fetchSignatures, locateArtifact } from './artifact-signatures.ts'
import { authorize } from './callers.ts'
import { withRoom } from './capacity.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { decodeMember, givenSignatureSchema } from './given-signature.ts'
import { MAX_ENVELOPES_PER_REQUEST, MAX_VERIFY_REQUEST_BYTES } from './limits.ts'
import { readJsonBody } from './request-body.ts'
import { readQuery } from './request-query.ts'

const byEnvelopeSchema = z
  .strictObject({
    signature: givenSignatureSchema.optional(),
    signatures: z.array(givenSignatureSchema).min(1).max(MAX_ENVELOPES_PER_REQUEST).optional(),
  })
  .refine(
    (body) => (body.signature === undefined) !== (body.signatures === undefined),
    'needs "reference", "signature" or "signatures"',
  )
/** Body of `POST /v1/inspect`. */
export const inspectSchema = z.union([
  z.strictObject({ reference: referenceSchema }),
  byEnvelopeSchema,
])

/** The values of the query parameter `format`. */
const FORMATS: ReadonlyMap<string, InspectionEncoder> = new Map([
  ['notation-2', encodeNotation2],
  ['notation-1.3', encodeNotation13],
])

/** `POST /v1/inspect`. */
export async function inspect(exchange: Exchange): Promise<object> {
  const { request, caller, deps, note } = exchange
  if (caller === undefined && !mayAnyoneVerify(deps)) authorize(caller, { permission: 'verify' })
  const { format = 'notation-2' } = readQuery(request, ['format'])
  const encode = FORMATS.get(format)
  if (encode === undefined)
    throw new NotationError(
      'request-invalid',
      `Cannot inspect: "format" is none of ${[...FORMATS.keys()].join(', ')}`,
    )
  const body = await readJsonBody(request, inspectSchema, MAX_VERIFY_REQUEST_BYTES)
  if ('reference' in body) {
    const { reference } = body
    return withRoom('verify', deps, () => inspectReferenced(reference, encode, exchange))
  }
  if (!mayAnyoneVerifyEnvelopes(deps)) authorize(caller, { permission: 'verify' })
  const signatures = await withRoom('verify', deps, () => inspectGiven(body, deps))
  note({ signatures: signatures.length })
  return encode(signatures, undefined)
}

async function inspectReferenced(
  reference: string,
  encode: InspectionEncoder,
  exchange: Exchange,
): Promise<object> {
  const { deps, note } = exchange
  const located = await locateArtifact(reference, exchange)
  const signatures: InspectedSignature[] = []
  let isCutShort = false
  for await (const signature of fetchSignatures(located, located.artifact.descriptor)) {
    isCutShort = signatures.length === deps.configuration.maxSignatures
    if (isCutShort) break
    signatures.push(
      'fault' in signature
        ? { digest: signature.digest, problem: signature.fault }
        : await inspectSignature(signature, deps.crypto),
    )
  }
  note({ signatures: signatures.length })
  const { artifact } = located
  const inspection = encode(signatures, artifact.descriptor.mediaType)
  if (encode === encodeNotation13) return inspection
  return { artifact, ...inspection, ...(isCutShort ? { truncated: true } : {}) }
}

function inspectGiven(
  { signature, signatures }: z.output<typeof byEnvelopeSchema>,
  { crypto }: Deps,
): Promise<readonly InspectedSignature[]> {
  const given = signatures ?? (signature === undefined ? [] : [signature])
  return Promise.all(
    given.map(({ mediaType, envelope: text }) => {
      const envelope = decodeMember(text, 'envelope')
      return inspectSignature(
        { mediaType: mediaType ?? recognisedMediaType(envelope), envelope },
        crypto,
      )
    }),
  )
}
