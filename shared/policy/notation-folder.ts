// Notation's configuration folder as a trust bundle document. The files come in read: finding the
// folder, and refusing symbolic links as notation does, is left to who reads them.

import { isNotationError } from '../errors.ts'
import { type JsonValue, parseJson } from '../json.ts'
import { encodePem, parseCertificatesPemOrDer } from '../x509/pem.ts'
import { parseBlobTrustPolicy } from './blob-document.ts'
import { parseTrustPolicy } from './document.ts'
import type { IdentityMatching } from './identity.ts'
import { invalidPolicy, POLICY_GUIDE_URL } from './policy-json.ts'
import { formatStoreName, type TrustStoreName } from './store-name.ts'
import { invalidStore, placeInStore, readTrusted } from './trust-store.ts'

/** Files by their path in the folder, with `/` between the parts, such as `truststore/x509/ca/acme/root.crt`. */
export type NotationFolder = ReadonlyMap<string, Uint8Array>

/** A trust bundle before parseTrustBundle has checked it; it can be written out as JSON as it is. */
export type TrustBundleDocument = {
  readonly trustPolicy: JsonValue
  readonly blobTrustPolicy?: JsonValue
  readonly trustStores: Readonly<Record<string, readonly string[]>>
  /** Left out for the reference implementation's rules, which are notation's. */
  readonly identityMatching?: 'extended'
}

/** Notation 2 reads the first of these that exists, notation 1 knows only the second. */
const POLICY_FILES = ['trustpolicy.oci.json', 'trustpolicy.json']
/** Notation 2 alone reads it. */
const BLOB_POLICY_FILE = 'trustpolicy.blob.json'
const STORES_FOLDER = 'truststore/x509'

/**
 * The trust policies of the folder with the stores that their statements name; other stores stay behind,
 * as notation never reads them. A store without files is left out: it vouches for nobody.
 *
 * @param matching - the rules for trusted identities: notation itself knows the reference implementation's alone
 * @throws {NotationError} `policy-invalid` | `trust-store-invalid`, naming the file
 */
export function assembleTrustBundle(
  folder: NotationFolder,
  matching: IdentityMatching = 'reference',
): TrustBundleDocument {
  const trustPolicy = readPolicy(folder, POLICY_FILES)
  if (trustPolicy === undefined)
    throw invalidPolicy(
      `trust policy is not present. To create a trust policy, see: ${POLICY_GUIDE_URL}`,
    )
  const blobTrustPolicy = readPolicy(folder, [BLOB_POLICY_FILE])
  const statements = [
    ...parseTrustPolicy(trustPolicy, matching).statements,
    ...(blobTrustPolicy === undefined
      ? []
      : parseBlobTrustPolicy(blobTrustPolicy, matching).statements),
  ]
  const trustStores: Record<string, readonly string[]> = {}
  for (const store of statements.flatMap((statement) => statement.trustStores)) {
    const pems = readStore(store, folder)
    if (pems.length > 0) trustStores[formatStoreName(store)] = pems
  }
  return {
    trustPolicy,
    ...(blobTrustPolicy === undefined ? {} : { blobTrustPolicy }),
    trustStores,
    ...(matching === 'extended' ? { identityMatching: matching } : {}),
  }
}

/** The first of these files that exists, parsed. */
function readPolicy(folder: NotationFolder, files: readonly string[]): JsonValue | undefined {
  const bytes = files.map((file) => folder.get(file)).find((found) => found !== undefined)
  if (bytes === undefined) return undefined
  try {
    return parseJson(bytes)
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw invalidPolicy(
      `malformed trust policy. To create a trust policy, see: ${POLICY_GUIDE_URL}; ${cause.message}`,
    )
  }
}

/** Every certificate of a store as PEM, files in the order of their names. */
function readStore(store: TrustStoreName, folder: NotationFolder): readonly string[] {
  const prefix = `${STORES_FOLDER}/${store.type}/${store.name}/`
  return [...folder]
    .filter(([path]) => path.startsWith(prefix))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, bytes]) => readStoreFile(path.slice(prefix.length), bytes, store))
}

function readStoreFile(file: string, bytes: Uint8Array, store: TrustStoreName): readonly string[] {
  const [name = file, ...below] = file.split('/')
  if (below.length > 0)
    throw invalidStore(
      `trusted certificate ${placeInStore(name, store)} is not a regular file (directories or symlinks are not supported)`,
    )
  const certificates = readTrusted(
    () => parseCertificatesPemOrDer(bytes),
    placeInStore(name, store),
  )
  return certificates.map((der) => encodePem('CERTIFICATE', der))
}
