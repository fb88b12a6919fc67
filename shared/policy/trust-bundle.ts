// The trust bundle: all that a verifier trusts, as one JSON document
// `{ "trustPolicy": {…}, "blobTrustPolicy"?: {…}, "trustStores": { "ca:acme": ["PEM", …], … } }`.
// It is taken whole or not at all. A further member, `"identityMatching": "extended"`, has identities matched by
// rules that go further than the reference implementation's; what they are stands in extended-subject.ts.

import { encodeUtf8, toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { quoteGo } from '../go-text.ts'
import type { JsonValue } from '../json.ts'
import { isJsonAbsent } from '../json-shape.ts'
import type { Certificate } from '../x509/certificate.ts'
import { parseCertificatesPemOrDer } from '../x509/pem.ts'
import { type BlobTrustPolicyDocument, parseBlobTrustPolicy } from './blob-document.ts'
import { encodeCanonicalJson } from './canonical-json.ts'
import { parseTrustPolicy, type TrustPolicyDocument } from './document.ts'
import type { IdentityMatching } from './identity.ts'
import { invalidPolicy, type JsonMember, readMembers, readText, readTexts } from './policy-json.ts'
import { formatStoreName, parseStoreName, type TrustStoreName } from './store-name.ts'
import { parseTrustStore, placeInStore, readTrusted } from './trust-store.ts'

/** A trust policy with the stores it may name, checked. */
export interface TrustBundle {
  readonly trustPolicy: TrustPolicyDocument
  /** Absent where the document has none: then no blob is verified. */
  readonly blobTrustPolicy?: BlobTrustPolicyDocument
  /** Certificates by `type:name`. A store that the policy names may be absent: then it vouches for nobody. */
  readonly trustStores: ReadonlyMap<string, readonly Certificate[]>
  /** `sha256:` of the document in canonical JSON: the same for the same content, however it is laid out. */
  readonly digest: string
}

/**
 * Reads a trust bundle.
 *
 * @param json - the parsed JSON; a store's texts hold one or more PEM certificates each
 * @throws {NotationError} `policy-invalid` | `trust-store-invalid`, naming the statement or the store
 */
export async function parseTrustBundle(json: JsonValue, crypto: Crypto): Promise<TrustBundle> {
  const members = readMembers(
    json,
    ['trustPolicy', 'blobTrustPolicy', 'trustStores', 'identityMatching'],
    'the trust bundle',
  )
  const matching = readIdentityMatching(members.get('identityMatching'))
  const trustPolicy = parseTrustPolicy(members.get('trustPolicy'), matching)
  const blobs = members.get('blobTrustPolicy')
  const blobPolicy = isJsonAbsent(blobs)
    ? {}
    : { blobTrustPolicy: parseBlobTrustPolicy(blobs, matching) }
  const trustStores = new Map<string, readonly Certificate[]>()
  for (const [text, pems] of readMembers(members.get('trustStores'), [], 'trustStores')) {
    const store = parseStoreName(text, 'trust bundle')
    const certificates = readCertificates(store, readTexts(pems, `trustStores[${text}]`))
    trustStores.set(formatStoreName(store), await parseTrustStore(store, certificates, crypto))
  }
  const digest = await crypto.digest('SHA-256', encodeUtf8(encodeCanonicalJson(json)))
  return { trustPolicy, ...blobPolicy, trustStores, digest: `sha256:${toHex(digest)}` }
}

/** Trust depends on it, so it stands with what is trusted, and its change changes the digest. */
function readIdentityMatching(member: JsonMember): IdentityMatching {
  const text = readText(member, 'identityMatching')
  if (text === '' || text === 'reference') return 'reference'
  if (text === 'extended') return 'extended'
  throw invalidPolicy(
    `Cannot read the trust bundle: its identityMatching is ${quoteGo(text)}, wanted "reference" or "extended"`,
  )
}

function readCertificates(store: TrustStoreName, pems: readonly string[]): readonly Uint8Array[] {
  return pems.flatMap((pem, index) =>
    readTrusted(
      () => parseCertificatesPemOrDer(encodeUtf8(pem)),
      placeInStore(`#${index + 1}`, store),
    ),
  )
}
