// Query parameters: known ones, each once. Nothing of a query is ever echoed.

import { NotationError } from '../shared/errors.ts'

/**
 * Reads the query of a request.
 *
 * @param known - the parameters that there are; each may be left out
 * @throws {NotationError} `request-invalid` for any other parameter, and for one that is there twice
 */
export function readQuery<Name extends string>(
  { url }: Request,
  known: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const { searchParams } = new URL(url)
  const names = [...searchParams.keys()]
  if (names.some((name) => !known.some((candidate) => candidate === name)))
    throw invalid(`has a parameter that is not known; known are ${quoted(known)}`)
  const twice = known.find((name) => searchParams.getAll(name).length > 1)
  if (twice !== undefined) throw invalid(`has the parameter "${twice}" more than once`)
  const entries = known.flatMap((name) => {
    const value = searchParams.get(name)
    return value === null ? [] : [[name, value]]
  })
  return Object.fromEntries(entries)
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

function invalid(found: string): NotationError {
  return new NotationError('request-invalid', `Cannot use the request: its query ${found}`)
}
