import { expect, it } from 'vitest'
import { MAX_ENVELOPES_PER_REQUEST } from '../../functions/limits.ts'
import type { Check } from '../../shared/verify/outcome.ts'
import { createTestApi } from '../support/api.ts'
import { type CaseSignature, type NamedCase, readCases } from './corpus-case.ts'
import { checkerOf, readBundle } from './verdicts.ts'

interface Answer {
  readonly verified: boolean
  readonly code?: string
  readonly signatures: readonly { readonly checks: readonly Check[] }[]
}

/** What a caller can send: envelopes at hand, under a bundle that the server took. */
const SENT = readCases().filter(
  ({ expected, reference, signatures, at }) =>
    expected.decidedBy !== 'bundle' &&
    at === undefined &&
    signatures.length > 0 &&
    signatures.length <= MAX_ENVELOPES_PER_REQUEST &&
    signatures.every(isSendable) &&
    // The API takes a tag, as the notation CLI does and its library does not.
    !/:v1(?:@|$)/.test(reference),
)

/** A request with a media type that the API does not know is refused as a whole. */
function isSendable(signature: CaseSignature): boolean {
  return (
    'envelope' in signature &&
    ['application/jose+json', 'application/cose'].includes(signature.mediaType)
  )
}

const groups = Map.groupBy(SENT, ({ id }) => id.split('/')[0] ?? '')

it.each([...groups])('POST /v1/verify gives each verdict of the group %s', async (_, group) => {
  for (const each of group) {
    const { verdict, code, decidedBy } = each.expected
    const answer = await post(each)
    const body = (await answer.json()) as Answer
    if (verdict === 'refused') {
      expect([answer.status, body.code], each.id).toEqual([400, code])
      continue
    }
    expect([answer.status, body.verified], each.id).toEqual([200, verdict === 'verified'])
    if (decidedBy === 'artifact') expect(body.code, each.id).toBe(code)
    else expect(decisionOf(body), each.id).toEqual([decidedBy, code])
  }
})

async function post(each: NamedCase): Promise<Response> {
  const api = await createTestApi({
    trustBundle: await readBundle(each.bundle),
    createRevocationChecker: () => checkerOf(each),
  })
  const { reference, descriptor, userMetadata, signatures } = each
  return api.post('/v1/verify', {
    artifactReference: reference,
    descriptor,
    signatures,
    ...(userMetadata === undefined ? {} : { userMetadata }),
  })
}

/** The first enforced check that failed, of the one signature. */
function decisionOf({ verified, signatures: [only] }: Answer): readonly unknown[] {
  if (verified) return [undefined, undefined]
  const check = only?.checks.find(
    ({ action, result }) => action === 'enforce' && result === 'failed',
  )
  return [check?.type, check?.code]
}
