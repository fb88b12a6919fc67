import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventSource } from '../../../functions/events/event-source.ts'
import { selectHints } from '../../../functions/events/select-hints.ts'
import type { SourceType } from '../../../functions/events/source-type.ts'
import { SOURCE_TYPES, type SourceTypeName } from '../../../functions/events/source-types.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { type JsonValue, parseJson } from '../../../shared/json.ts'
import { parseReference } from '../../../shared/registry/reference.ts'
import { REGISTRY } from '../../support/api.ts'
import { createEventApi, DIGEST, SECRET, source } from '../../support/events.ts'

const TYPES = Object.entries(SOURCE_TYPES) as [string, SourceType][]
/** Names that the senders' documents have, so that made-up ones get past the first look. */
const NAMES = [
  'events event_data data message package package_version registry_package component detail',
  'action type eventType specversion id source target resources repository repo_full_name name',
  'digest tag reference mediaType data_base64 version format validationCode updated_tags docker_url',
  'package package_type package_url container_metadata manifest media_type repositoryName domain',
  'push_data repo_name image_name sha256 tags path repo_key domain event_type namespace owner login',
]
  .join(' ')
  .split(' ')
const TEXTS = [
  ...['push', 'PUSH_ARTIFACT', 'harbor.artifact.pushed', 'zotregistry.image.updated', '1.0', ''],
  ...['Microsoft.ContainerRegistry.ImagePushed', 'team/app', 'v1', DIGEST, 'container', 'INSERT'],
  ...['registry.example.com/team/app:v1', `registry.example.com/team/app@${DIGEST}`, 'CREATED'],
  ...['application/vnd.oci.image.manifest.v1+json', 'published', 'created', 'docker', 'pushed'],
]
const { body } = fc.letrec<{ body: unknown }>((tie) => ({
  body: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...TEXTS),
    fc.jsonValue({ maxDepth: 2 }),
    fc.array(tie('body'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('body'), { maxKeys: 8 }),
  ),
}))

/** JSON as the API reads it; undefined where it refuses the text itself. */
function read(value: unknown): JsonValue | undefined {
  try {
    return parseJson(JSON.stringify(value))
  } catch {
    return undefined
  }
}

/** A source of the type that takes everything. */
function sourceOf(name: string, type: SourceType): EventSource {
  return {
    name: 'main',
    typeName: name as SourceTypeName,
    type,
    registry: REGISTRY,
    matchesRepository: () => true,
    auth: { method: 'path', secret: SECRET },
    origins: [],
  }
}

describe.each(TYPES)('any JSON to %s', (name, type) => {
  test('is read or refused, and only what can be looked at is left', () => {
    fc.assert(
      fc.property(body, fc.constantFrom(...type.contentTypes), fc.boolean(), (value, kind, ce) => {
        const json = read(value)
        fc.pre(json !== undefined)
        const headers = new Headers({
          'content-type': kind,
          'x-github-event': 'package',
          'x-gitea-event': 'package',
          'x-nexus-webhook-id': 'rm:repository:component',
          ...(ce
            ? { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/', 'ce-type': 'x' }
            : {}),
        })
        try {
          const handshake = type.answerHandshake?.(json, headers)
          if (handshake !== undefined) return
          const { selected } = selectHints(type.readEvents(json, headers), sourceOf(name, type))
          for (const { repository, digest, tag } of selected) {
            expect(digest ?? tag).toBeDefined()
            if (digest !== undefined) parseReference(`${REGISTRY}/${repository}@${digest}`)
            if (tag !== undefined) parseReference(`${REGISTRY}/${repository}:${tag}`)
          }
        } catch (cause) {
          if (!isNotationError(cause, 'request-invalid')) throw cause
        }
      }),
      { numRuns: 300 },
    )
  })
})

test('any bytes to a source are answered with 2xx or a problem of the request', async () => {
  const { send } = await createEventApi([source()])
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${SECRET}` }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect([202, 400]).toContain((await send('main', { headers, body: bytes })).status)
    }),
  )
})
