// What the reference page reads of the OpenAPI document. Types only: the document is the server's own.

/** JSON Schema, as far as zod writes it. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly default?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly contentEncoding?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
}

/** The bodies of one direction, by media type. */
type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>

/** The body of a problem: the members of all, and what its code can be. */
interface ProblemSchema {
  readonly allOf: readonly [
    object,
    { readonly properties: { readonly code: { readonly enum: readonly string[] } } },
  ]
}

/** One parameter of a path or a query. */
export interface Parameter {
  readonly in: 'path' | 'query'
  readonly name: string
  readonly required: boolean
  readonly description: string
  readonly schema: Schema
  readonly example?: string
}

/** One status of an answer. */
export interface Answer {
  readonly description: string
  readonly content: Readonly<Record<string, { readonly schema: Schema | ProblemSchema }>>
}

/** What a path does with a method. */
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly security: readonly object[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, Answer>>
}

/** `/openapi.json`. */
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly summary: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: { readonly Problem: Schema } }
}
