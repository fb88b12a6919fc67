// Which statement of a trust policy for blobs decides about a blob.

import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import type { BlobTrustPolicyDocument, BlobTrustPolicyStatement } from './blob-document.ts'

/** The statement of a blob, or the sentence which says that there is none. */
export type BlobSelection =
  | { readonly statement: BlobTrustPolicyStatement }
  | { readonly statement: undefined; readonly message: string }

/**
 * Selects the statement of a name, or the global one where no name is given.
 *
 * A name that no statement has never falls back to the global one.
 *
 * @throws {NotationError} `request-invalid` for a blank name
 * @see trust-store-trust-policy.md §Blob Trust Policy
 */
export function selectBlobStatement(
  { statements }: BlobTrustPolicyDocument,
  name: string | undefined,
): BlobSelection {
  if (name === undefined) {
    const statement = statements.find(({ isGlobal }) => isGlobal)
    return statement === undefined
      ? { statement, message: 'no global blob trust policy' }
      : { statement }
  }
  if (name.trim() === '') throw new NotationError('request-invalid', 'policy name cannot be empty')
  const statement = statements.find((candidate) => candidate.name === name)
  if (statement !== undefined) return { statement }
  return { statement, message: `no applicable blob trust policy with name ${quoteGo(name)}` }
}
