// The OpenAPI 3.1 document, from the schemas that requests are checked with and answers are held to.

import { z } from 'zod'
import type { ErrorCode } from '../../shared/errors.ts'
import { genericEventsSchema } from '../events/senders/generic.ts'
import { inspectSchema } from '../inspect.ts'
import { describeKeySchema, generateSignatureSchema } from '../plugin-contract.ts'
import { HTTP_STATUS, TITLES } from '../problem.ts'
import { signSchema } from '../sign.ts'
import { verifySchema } from '../verify.ts'
import { verifyBlobSchema } from '../verify-blob.ts'
import {
  describeKeyAnswer,
  eventsAnswer,
  generateSignatureAnswer,
  inspectAnswer,
  signAnswer,
  signaturesAnswer,
  verifyAnswer,
  verifyBlobAnswer,
} from './answers.ts'
import { EXAMPLES } from './examples.ts'
import { type OperationName, PROBLEMS } from './problems.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** One parameter of a query. */
interface QueryParameter {
  readonly name: string
  readonly required: boolean
  readonly description: string
}

/** A segment of a path that differs from request to request. */
interface PathParameter {
  readonly name: string
  readonly description: string
  readonly example: string
}

/** What the document says of an operation. */
interface DescribedOperation {
  readonly summary: string
  readonly description: string
  /** Left out for GET. */
  readonly request?: z.ZodType
  readonly query?: readonly QueryParameter[]
  /** `/v1/` and the name where it is left out. */
  readonly path?: string
  /** Those that stand in the path in braces. */
  readonly pathParameters?: readonly PathParameter[]
  /** 200 where it is left out. */
  readonly status?: 202
  readonly answer: z.ZodType
  /** Whether it also answers without a token, as far as the server lets it. */
  readonly isOpen: boolean
}

/** Every operation by its name. */
export const DESCRIBED_OPERATIONS: Readonly<Record<OperationName, DescribedOperation>> = {
  'describe-key': {
    summary: 'Describe a key',
    description:
      'Request and response of the notation plugin contract, unchanged. Needs the permission "describe-key" and the key.',
    request: describeKeySchema,
    answer: describeKeyAnswer,
    isOpen: false,
  },
  'generate-signature': {
    summary: 'Sign Notary Project signing input',
    description:
      'Request and response of the notation plugin contract, unchanged. Signs only what parses as Notary Project signing input for the key; that names no repository, so the permission "generate-signature" covers all.',
    request: generateSignatureSchema,
    answer: generateSignatureAnswer,
    isOpen: false,
  },
  sign: {
    summary: 'Sign an artifact',
    description:
      'With "reference" the signature is pushed as a referrer of the artifact; with "artifactReference" and "descriptor" the envelope is only given back. Needs the permission "sign", the key and the repository.',
    request: signSchema,
    answer: signAnswer,
    isOpen: false,
  },
  verify: {
    summary: 'Verify the signatures of an artifact',
    description:
      'The verdict of the trust policy, and for each signature each check. "verified": false is an answer; what could not be decided is a problem. With a reference "index" tells what of an image index is verified: the index (default), its "children", "both", or the children for a platform such as "linux/arm64"; there is no verdict on those that are listed as skipped.',
    request: verifySchema,
    answer: verifyAnswer,
    isOpen: true,
  },
  'verify-blob': {
    summary: 'Verify the detached signature of a blob',
    description: 'By the trust policy for blobs. The blob is sent, or its digests and size.',
    request: verifyBlobSchema,
    answer: verifyBlobAnswer,
    isOpen: true,
  },
  inspect: {
    summary: 'Show what signatures say of themselves',
    description: 'Nothing is verified, and no trust policy is asked.',
    request: inspectSchema,
    query: [
      {
        name: 'format',
        required: false,
        description: '"notation-2" (default), or "notation-1.3" for what that version prints',
      },
    ],
    answer: inspectAnswer,
    isOpen: true,
  },
  signatures: {
    summary: "List an artifact's signatures",
    description: 'The manifests alone: no envelope is fetched. Needs the permission "verify".',
    query: [
      {
        name: 'reference',
        required: true,
        description: 'registry/repository:tag or registry/repository@digest',
      },
    ],
    answer: signaturesAnswer,
    isOpen: true,
  },
  events: {
    summary: 'Tell of pushed artifacts',
    description:
      'For registries: body and authentication are those of the type of the source in CONFIG setting "sources"; here is the body of type "generic". What the source may tell of is looked at soon, and signed if a rule wants it; the rest is counted. Answers 200 to a body that only asks whether this is a receiver.',
    request: genericEventsSchema,
    path: '/v1/events/{source}',
    pathParameters: [{ name: 'source', description: 'name of a source', example: 'main' }],
    status: 202,
    answer: eventsAnswer,
    isOpen: true,
  },
}

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
    paths: Object.fromEntries(names.map((name) => [pathOf(name), describePath(name)])),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema(Object.keys(HTTP_STATUS)) },
    },
  }
}

/** The path of an operation, with names of parameters in braces. */
export function pathOf(name: OperationName): string {
  return DESCRIBED_OPERATIONS[name].path ?? `/v1/${name}`
}

function describePath(name: OperationName): JsonSchema {
  const described = DESCRIBED_OPERATIONS[name]
  const { summary, description, request, answer, status = 200, isOpen } = described
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
  return { [request === undefined ? 'get' : 'post']: operation }
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
