// The two verdicts on a case: ours and notation-go's.

import { decodeBase64 } from '../../shared/base64.ts'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import type { JsonValue } from '../../shared/json.ts'
import { assembleTrustBundle } from '../../shared/policy/notation-folder.ts'
import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createRevocationChecker } from '../../shared/revocation/revocation-checker.ts'
import type { ArtifactVerdict } from '../../shared/verify/outcome.ts'
import { verifyArtifact } from '../../shared/verify/verify-artifact.ts'
import { AT } from '../support/certificates.ts'
import { type JudgeAnswer, type JudgeRequest, openJudge } from '../support/judge.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { dependenciesOf } from '../support/ocsp-servers.ts'
import type {
  CaseBundle,
  CaseInput,
  CaseSignature,
  Expected,
  ReferenceAnswer,
  RefusalCode,
} from './corpus-case.ts'
import { startRevocationProxy } from './revocation-proxy.ts'

const REFUSALS: readonly RefusalCode[] = [
  'policy-invalid',
  'trust-store-invalid',
  'reference-invalid',
]
/** What notation-go says of a reference before it has looked for a statement. */
const NO_REFERENCE = /^(?:artifact URI|registry scope) /

/** Our verdict on a case. */
export async function ourVerdict(input: CaseInput): Promise<Expected> {
  try {
    const bundle = await readBundle(input.bundle)
    const { reference, descriptor, userMetadata = {}, at } = input
    const now = at === undefined ? AT : new Date(at)
    const signatures = input.signatures.map(signatureOf)
    const found = await verifyArtifact(
      { reference, descriptor, signatures, userMetadata },
      { bundle, now, crypto: nodeCrypto, revocation: checkerOf(input) },
    )
    return expectedOf(found)
  } catch (error) {
    const code = REFUSALS.find((refusal) => isNotationError(error, refusal))
    if (code === undefined || !isNotationError(error)) throw error
    const decidedBy = code === 'reference-invalid' ? 'reference' : 'bundle'
    return { verdict: 'refused', decidedBy, code, message: error.message }
  }
}

/** What the judge said of a case, check by check as far as it went. */
export interface JudgedAnswer extends ReferenceAnswer {
  readonly checks: Readonly<Record<string, 'passed' | 'failed'>>
}

/** The judge's verdicts on cases, in their order; null for those that need a clock of their own. */
export async function referenceVerdicts(
  binary: string,
  inputs: readonly CaseInput[],
): Promise<readonly (JudgedAnswer | null)[]> {
  const proxy = await startRevocationProxy()
  const judge = openJudge(binary, {
    HTTP_PROXY: proxy.url,
    http_proxy: proxy.url,
    NO_PROXY: '',
    no_proxy: '',
  })
  const answers: (JudgedAnswer | null)[] = []
  try {
    for (const [index, input] of inputs.entries()) {
      proxy.answerFor(input.servers ?? {})
      const answer =
        input.at === undefined ? answerOf(await judge.ask(requestOf(input, index))) : null
      answers.push(answer)
    }
  } finally {
    await judge.close()
    await proxy.close()
  }
  return answers
}

/** Asks the servers of a case. */
export function checkerOf({ servers = {} }: CaseInput) {
  const table = Object.entries(servers).map(([url, { body, ...server }]) => {
    return [url, body === undefined ? server : { ...server, body: decodeBase64(body) }] as const
  })
  return createRevocationChecker(dependenciesOf(Object.fromEntries(table)))
}

function answerOf({ error: said, refused, panic, results }: JudgeAnswer): JudgedAnswer {
  // Each judge has a folder of its own, wherever its machine keeps such.
  const error = said?.replace(/\/\S*\/(?=(?:truststore|plugins)\/)/, '') ?? null
  if (panic) throw new Error(`notation-go did not return: ${error}`)
  const found = results.map((each) => [each.type, each.error === null ? 'passed' : 'failed'])
  const checks = Object.fromEntries(found)
  if (error === null) return { verdict: 'verified', error, checks }
  return { verdict: refused || NO_REFERENCE.test(error) ? 'refused' : 'rejected', error, checks }
}

/** The trust bundle of a case. */
export async function readBundle({
  trustPolicy,
  trustStores,
  files,
}: CaseBundle): Promise<TrustBundle> {
  if (files === undefined)
    return parseTrustBundle({ trustPolicy, trustStores: trustStores ?? {} }, nodeCrypto)
  const folder = Object.entries({ ...files, 'trustpolicy.json': JSON.stringify(trustPolicy) })
  const read = folder.map(([path, text]) => [path, encodeUtf8(text)] as const)
  return parseTrustBundle(assembleTrustBundle(new Map(read)) as JsonValue, nodeCrypto)
}

function signatureOf(signature: CaseSignature) {
  if ('envelope' in signature)
    return { mediaType: signature.mediaType, envelope: decodeBase64(signature.envelope) }
  const fault = new NotationError('envelope-malformed', signature.unavailable)
  return { digest: `sha256:${'0'.repeat(64)}`, fault }
}

function expectedOf({ verified, code, message, signatures }: ArtifactVerdict): Expected {
  const results = signatures[0]?.checks.map(({ type, result }) => [type, result])
  const checks = results === undefined ? {} : { checks: Object.fromEntries(results) }
  if (verified) return { verdict: 'verified', ...checks }
  const [only, ...others] = signatures
  const decisive = only?.checks.find(
    ({ action, result }) => action === 'enforce' && result === 'failed',
  )
  if (decisive === undefined || others.length > 0)
    return { verdict: 'rejected', decidedBy: 'artifact', ...withoutUndefined({ code, message }) }
  const found = withoutUndefined({ code: decisive.code, message: decisive.message })
  return { verdict: 'rejected', decidedBy: decisive.type, ...found, ...checks }
}

function withoutUndefined<T extends object>(
  members: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function requestOf(input: CaseInput, index: number): JudgeRequest {
  const { bundle, reference, descriptor, userMetadata = {}, signatures } = input
  const asked = { id: String(index), bundle, reference, descriptor, userMetadata }
  const [only, ...others] = signatures
  if (only !== undefined && others.length === 0 && 'envelope' in only) return { ...asked, ...only }
  const listed = signatures.map((each) => ('envelope' in each ? each : {}))
  return { ...asked, signatures: listed }
}
