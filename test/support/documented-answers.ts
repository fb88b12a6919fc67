// Holds answers of the API to its OpenAPI document: an operation answers with what is said of it, or with
// one of its problems.

import type { z } from 'zod'
import { DESCRIBED_OPERATIONS, pathOf } from '../../functions/openapi/described-operations.ts'
import { PROBLEMS } from '../../functions/openapi/problems.ts'
import { HTTP_STATUS } from '../../functions/problem.ts'

/** A path with parameters fits as well as one without: the one that is longest as it is written. */
const PATHS = (Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[])
  .map((name) => ({ name, pattern: pathOf(name) }))
  .toSorted((a, b) => b.pattern.length - a.pattern.length)

/**
 * Throws where an answer of an operation is not as documented; all other paths pass.
 *
 * @param path - of the request, perhaps with a query
 */
export async function expectDocumented(path: string, answer: Response): Promise<void> {
  const [name, ...others] = operationsOf(path.split('?')[0] ?? '')
  if (name === undefined || answer.body === null) return
  const body: unknown = await answer.clone().json()
  // Operations of one path answer with one shape.
  const { status = 200, answer: shape } = DESCRIBED_OPERATIONS[name]
  if (answer.status === status) return expectShape(name, shape, body)
  // A handshake: each sender wants an answer of its own.
  if (answer.status === 200) return
  const { code } = body as { code: keyof typeof HTTP_STATUS }
  const documented: readonly string[] = [name, ...others].flatMap((one) => PROBLEMS[one])
  if (!documented.includes(code) || HTTP_STATUS[code] !== answer.status)
    throw new Error(`/v1/${name} answers ${answer.status} ${code}, which is not documented`)
}

function operationsOf(path: string): readonly (keyof typeof PROBLEMS)[] {
  const found = PATHS.find(({ pattern }) => {
    const source = pattern.replaceAll(/\{[a-z]+\}/g, '[^/]+')
    return new RegExp(`^${source}(?:$|/)`).test(path)
  })
  return PATHS.filter(({ pattern }) => pattern === found?.pattern).map(({ name }) => name)
}

function expectShape(name: string, schema: z.ZodType, body: unknown): void {
  const { error } = schema.safeParse(body)
  if (error === undefined) return
  const issues = JSON.stringify(error.issues, undefined, 1)
  throw new Error(`/v1/${name} answers ${JSON.stringify(body)}, which is not documented: ${issues}`)
}
