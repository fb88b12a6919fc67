// POST /v1/rules/explain of an artifact that its caller describes; of one that is there, see status/status.test.ts.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../../functions/app.ts'
import { parseConfiguration } from '../../../functions/configuration.ts'
import type { Deps } from '../../../functions/deps.ts'
import { createRulesJsonSchema } from '../../../functions/rules/signing-rules-schema.ts'
import { REGISTRY, REPOSITORY } from '../../support/api.ts'
import { expectDocumented } from '../../support/documented-answers.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

const PATH = '/v1/rules/explain'
const TOKEN = 'token-of-the-owner'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CHART = 'application/vnd.cncf.helm.config.v1+json'
const REFERENCE = `${REGISTRY}/${REPOSITORY}:v9`

async function createExplainApi(changes: Partial<Deps> = {}) {
  const service = await createSigningService({ rules: [RULE] })
  const caller = {
    name: 'owner',
    tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
    permissions: ['verify'],
    repositories: [`${REGISTRY}/${REPOSITORY}`],
  }
  const document = { registries: [{ host: REGISTRY }], callers: [caller] }
  const app = createApp({
    ...service.deps,
    configuration: parseConfiguration(new TextEncoder().encode(JSON.stringify(document))),
    signing: { rules: service.rules(), engine: service.engine },
    ...changes,
  })
  const ask = async (body: object) => {
    const answer = await app.request(PATH, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    await expectDocumented(PATH, answer)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { app, service, ask }
}

it('GET /signing-rules.schema.json gives editors the shape of the rules, without a token', async () => {
  const { app } = await createExplainApi()
  const answer = await app.request('/signing-rules.schema.json')
  expect(await answer.json()).toEqual(createRulesJsonSchema())
  const refused = await app.request('/signing-rules.schema.json', { method: 'POST' })
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

describe('POST /v1/rules/explain of an artifact that is not there', () => {
  it.each([
    [{ mediaType: MANIFEST }, { applies: true, signsItself: true, signsChildren: false }],
    [{ mediaType: INDEX }, { applies: true, signsItself: true, signsChildren: true }],
    [
      { mediaType: MANIFEST, artifactType: CHART },
      { applies: false, reason: 'artifact-type' },
    ],
    [
      { mediaType: INDEX, artifactType: CHART },
      { applies: false, reason: 'artifact-type' },
    ],
  ])('decides by %j, and asks no registry', async (facts, decision) => {
    const { service, ask } = await createExplainApi()
    const { body } = await ask({ reference: REFERENCE, ...facts })
    expect(body).toMatchObject({
      artifact: { reference: REFERENCE },
      rules: [{ name: RULE.name, ...decision }],
    })
    expect(service.asked).toEqual([])
  })

  it.each([
    [{ artifactType: CHART }, '"artifactType" goes with "mediaType" alone'],
    [{ mediaType: 'text/plain' }, '"mediaType" does not have the form that it needs'],
    [{ mediaType: MANIFEST, tags: ['v1'] }, 'the body has a member that is not known'],
  ])('refuses %j', async (facts, found) => {
    const { ask } = await createExplainApi()
    const { body } = await ask({ reference: REFERENCE, ...facts })
    expect(body.code).toBe('request-invalid')
    expect(String(body.detail)).toContain(found)
  })

  it('shows a foreign repository as one that is not there', async () => {
    const { ask } = await createExplainApi()
    const { status, body } = await ask({ reference: `${REGISTRY}/other:v1`, mediaType: MANIFEST })
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'artifact-unknown' })
  })

  it('says that nothing signs by itself where nothing does', async () => {
    const { ask } = await createExplainApi({ signing: undefined })
    const { body } = await ask({ reference: REFERENCE, mediaType: MANIFEST })
    expect(body.code).toBe('configuration-invalid')
  })
})
