import { describe, expect, test } from 'vitest'
import { DESCRIBED_OPERATIONS, pathOf } from '../../functions/openapi/described-operations.ts'
import { EXAMPLES } from '../../functions/openapi/examples.ts'
import { type OperationName, PROBLEMS } from '../../functions/openapi/problems.ts'
import { HTTP_STATUS } from '../../functions/problem.ts'
import { createTestApi } from '../support/api.ts'
import { source } from '../support/events.ts'

interface Operation {
  readonly operationId: string
  readonly requestBody?: { readonly content: object }
  readonly responses: Readonly<Record<string, object>>
  readonly security: readonly object[]
}

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** Codes of what reaches no operation. */
const OF_NO_OPERATION: readonly string[] = []
async function fetchDocument(): Promise<OpenApi> {
  const api = await createTestApi()
  const answer = await api.request('/openapi.json')
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  return answer.json() as Promise<OpenApi>
}

describe('/openapi.json', () => {
  test('describes in OpenAPI 3.1 every path below /v1 that answers, with its method', async () => {
    const api = await createTestApi({ settings: { sources: [source({ name: 'source' })] } })
    const { openapi, paths } = await fetchDocument()
    expect(openapi).toBe('3.1.0')
    for (const [path, methods] of Object.entries(paths)) {
      const [method = ''] = Object.keys(methods)
      const { status } = await api.request(path.replace(/[{}]/g, ''), {
        method: method.toUpperCase(),
      })
      expect([path, [400, 401, 415].includes(status)]).toEqual([path, true])
    }
  })

  test('has a request body for what reads one, and none for the rest', async () => {
    const { paths } = await fetchDocument()
    for (const [name, { request }] of Object.entries(DESCRIBED_OPERATIONS)) {
      const operation = Object.values(paths[pathOf(name as OperationName)] ?? {}).find(
        ({ operationId }) => operationId === name,
      )
      expect(operation?.requestBody !== undefined).toBe(request !== undefined)
    }
  })

  test.each(Object.entries(DESCRIBED_OPERATIONS))(
    'has an example that %s takes',
    async (name, { request, query = [] }) => {
      const example = EXAMPLES[name as keyof typeof EXAMPLES]
      const operation = Object.values(
        (await fetchDocument()).paths[pathOf(name as OperationName)] ?? {},
      ).find(({ operationId }) => operationId === name)
      const shown = request === undefined ? Object.values(example)[0] : example
      if (shown !== undefined)
        expect(JSON.stringify(operation)).toContain(`"example":${JSON.stringify(shown)}`)
      if (request !== undefined) expect(() => request.parse(example)).not.toThrow()
      const missing = query.filter(({ name, required }) => required && !(name in example))
      expect(missing).toEqual([])
    },
  )

  test('says of user metadata that it is texts', async () => {
    const text = JSON.stringify(await fetchDocument())
    expect(text).toContain('"userMetadata":{"type":"object"')
  })

  test('knows every code of the table', () => {
    const documented: readonly string[] = Object.values(PROBLEMS).flat()
    const others = Object.keys(HTTP_STATUS).filter((code) => !documented.includes(code))
    expect(others).toEqual(OF_NO_OPERATION)
  })

  test('lists under each status the codes that have it', async () => {
    const { paths } = await fetchDocument()
    for (const [name, codes] of Object.entries(PROBLEMS)) {
      const operation = Object.values(paths[pathOf(name as OperationName)] ?? {}).find(
        ({ operationId }) => operationId === name,
      )
      for (const code of codes)
        expect(JSON.stringify(operation?.responses[HTTP_STATUS[code]])).toContain(`"${code}"`)
    }
  })
})
