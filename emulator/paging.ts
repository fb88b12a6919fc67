// Paging of lists: `offset` counts items, `limit` has a default, wrong numbers are refused.

import { DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS } from './limits.ts'
import { invalidField, type Refusal } from './refusals.ts'

/** Which items a client asks for. */
export interface Page {
  readonly offset: number
  readonly limit: number
}

/** Reads `offset` and `limit`; a limit above `mostItems` is lowered to it, and the answer says so. */
export function parsePage(
  query: { readonly offset: string | undefined; readonly limit: string | undefined },
  mostItems: number = MAX_PAGE_ITEMS,
): { page: Page } | { refusal: Refusal } {
  const offset = query.offset ?? '0'
  const limit = query.limit ?? String(DEFAULT_PAGE_ITEMS)
  if (!/^\d{1,9}$/.test(offset))
    return { refusal: invalidField('Parameter offset is not a whole number') }
  if (!/^\d{1,9}$/.test(limit) || Number(limit) === 0)
    return { refusal: invalidField('Parameter limit is not a whole number above 0') }
  return { page: { offset: Number(offset), limit: Math.min(Number(limit), mostItems) } }
}
