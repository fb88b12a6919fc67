// Holds answers of the API to its OpenAPI document: an operation answers with what is said of it, or with
// one of its problems.

import type { z } from 'zod'
import { DESCRIBED_OPERATIONS } from '../../functions/openapi/document.ts'
import { PROBLEMS } from '../../functions/openapi/problems.ts'
import { HTTP_STATUS } from '../../functions/problem.ts'

const OPERATION = /^\/v1\/([a-z-]+)(?:$|\/)/

/**
 * Throws where an answer of an operation is not as documented; all other paths pass.
 *
 * @param path - of the request, perhaps with a query
 */
export async function expectDocumented(path: string, answer: Response): Promise<void> {
  const name = OPERATION.exec(path.split('?')[0] ?? '')?.[1] ?? ''
  if (!isOperation(name) || answer.body === null) return
  const body: unknown = await answer.clone().json()
  const { status = 200, answer: shape } = DESCRIBED_OPERATIONS[name]
  if (answer.status === status) return expectShape(name, shape, body)
  // A handshake: each sender wants an answer of its own.
  if (answer.status === 200) return
  const { code } = body as { code: keyof typeof HTTP_STATUS }
  const documented: readonly string[] = PROBLEMS[name]
  if (!documented.includes(code) || HTTP_STATUS[code] !== answer.status)
    throw new Error(`/v1/${name} answers ${answer.status} ${code}, which is not documented`)
}

function isOperation(name: string): name is keyof typeof PROBLEMS {
  return Object.hasOwn(PROBLEMS, name)
}

function expectShape(name: string, schema: z.ZodType, body: unknown): void {
  const { error } = schema.safeParse(body)
  if (error === undefined) return
  const issues = JSON.stringify(error.issues, undefined, 1)
  throw new Error(`/v1/${name} answers ${JSON.stringify(body)}, which is not documented: ${issues}`)
}
