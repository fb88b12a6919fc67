// The OpenAPI 3.1 document, from the schemas that requests are checked with and answers are held to.

import { z } from 'zod'
import type { ErrorCode } from '../../shared/errors.ts'
import { HTTP_STATUS, TITLES } from '../problem.ts'
import {
  DESCRIBED_OPERATIONS,
  type DescribedOperation,
  pathOf,
  type QueryParameter,
} from './described-operations.ts'
import { EXAMPLES } from './examples.ts'
import { type OperationName, PROBLEMS } from './problems.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** Makes the document. */
export function createOpenApiDocument(): JsonSchema {
  const names = Object.keys(DESCRIBED_OPERATIONS) as OperationName[]
  return {
    openapi: '3.1.0',
    info: {
      title: 'notation-digicert-stm',
      version: '1',
      summary:
        'Notary Project signing and verification with keys in DigiCert Software Trust Manager',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: describePaths(names),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema(Object.keys(HTTP_STATUS)) },
    },
  }
}

/** A path may have several methods, each an operation of its own. */
function describePaths(names: readonly OperationName[]): JsonSchema {
  const paths: Record<string, JsonSchema> = {}
  for (const name of names) paths[pathOf(name)] = { ...paths[pathOf(name)], ...describePath(name) }
  return paths
}

function describePath(name: OperationName): JsonSchema {
  const described = DESCRIBED_OPERATIONS[name]
  const { summary, description, request, answer, status = 200, isOpen } = described
  const { method = request === undefined ? 'get' : 'post' } = described
  const parameters = describeParameters(name, described)
  const operation = {
    operationId: name,
    summary,
    description,
    security: [...(isOpen ? [{}] : []), { bearer: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined
      ? {}
      : {
          requestBody: { required: true, content: json(toJsonSchema(request), EXAMPLES[name]) },
        }),
    responses: {
      [status]: { description: 'Done', content: json(withFurtherMembers(toJsonSchema(answer))) },
      ...describeProblems(PROBLEMS[name]),
    },
  }
  return { [method]: operation }
}

/** One response for each status, with its codes. */
function describeProblems(codes: readonly ErrorCode[]): JsonSchema {
  const byStatus = Object.groupBy(codes, (code) => HTTP_STATUS[code])
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, found = []]) => [
      status,
      {
        description: TITLES[HTTP_STATUS[found[0] ?? 'internal']],
        content: {
          'application/problem+json': {
            schema: {
              allOf: [
                { $ref: '#/components/schemas/Problem' },
                { properties: { code: { enum: found } } },
              ],
            },
          },
        },
      },
    ]),
  )
}

function problemSchema(codes: readonly string[]): JsonSchema {
  return {
    type: 'object',
    description: 'RFC 9457',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', enum: codes, description: 'stable, for programs' },
      detail: { type: 'string', description: 'for people' },
      instance: { type: 'string' },
    },
  }
}

function describeParameters(
  operation: OperationName,
  { pathParameters = [], query = [] }: DescribedOperation,
): readonly JsonSchema[] {
  return [
    ...pathParameters.map((parameter) => ({
      in: 'path',
      required: true,
      ...parameter,
      schema: { type: 'string' },
    })),
    ...query.map((parameter) => describeParameter(operation, parameter)),
  ]
}

function describeParameter(operation: OperationName, parameter: QueryParameter): JsonSchema {
  const example = EXAMPLES[operation][parameter.name]
  return {
    in: 'query',
    ...parameter,
    schema: { type: 'string' },
    ...(example === undefined ? {} : { example }),
  }
}

function json(schema: JsonSchema, example?: object): JsonSchema {
  return { 'application/json': { schema, ...(example && { example }) } }
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

/** Answers may get members: clients that are generated must not refuse them. */
function withFurtherMembers(schema: unknown): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      key === 'additionalProperties' && value === false ? undefined : value,
    ),
  )
}
