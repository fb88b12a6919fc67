import { describe, expect, it } from 'vitest'
import { type Bindings, createWorkerDeps } from '../../../functions/worker/deps.ts'
import type { PresentBindings } from '../../../functions/worker/queue/bindings.ts'
import type { ObjectNamespace, Remote } from '../../../functions/worker/queue/platform.ts'

const REGISTRY = 'registry.example.com'
const CONFIG = JSON.stringify({
  registries: [{ host: REGISTRY }],
  sources: [
    {
      name: 'main',
      type: 'distribution',
      registry: REGISTRY,
      repositories: ['**'],
      auth: { method: 'bearer', secret: 'x'.repeat(43) },
    },
  ],
})
const RULES = JSON.stringify({ version: '1.0', rules: [] })
const SIGNING: PresentBindings = {
  SIGNING_QUEUE: { sendBatch: async () => undefined },
  SIGNING_ACTOR: namespaceOf(),
  SIGNING_DIRECTORY: namespaceOf(),
}

/** Of objects that nobody asks anything. */
function namespaceOf<Methods>(): ObjectNamespace<Methods> {
  return { idFromName: () => ({}), get: () => ({}) as Remote<Methods> }
}

/** Bindings with these documents in the namespace TRUST. */
function bindingsWith(
  documents: Readonly<Record<string, string>>,
  others: Omit<Bindings, 'TRUST'>,
): Bindings {
  return { TRUST: { get: async (key) => documents[key] ?? null }, ...others }
}

describe('createWorkerDeps()', () => {
  it('signs by itself where rules, sources and bindings are there', async () => {
    const bindings = bindingsWith({ 'signing-rules': RULES }, { CONFIG, ...SIGNING })
    expect((await createWorkerDeps(bindings)).signing?.rules).toEqual({ rules: [] })
  })

  it('verifies only where there is none of them', async () => {
    expect((await createWorkerDeps(bindingsWith({}, {}))).signing).toBeUndefined()
  })

  it('has no rules where there are bindings alone', async () => {
    expect((await createWorkerDeps(bindingsWith({}, SIGNING))).signing?.rules).toEqual({
      rules: [],
    })
  })

  it('refuses sources without rules, and names their key', async () => {
    await expect(createWorkerDeps(bindingsWith({}, { CONFIG, ...SIGNING }))).rejects.toMatchObject({
      code: 'configuration-invalid',
      message:
        'Cannot start: CONFIG setting "sources" is set, and no rules; put signing-rules.json into the namespace TRUST as "signing-rules"',
    })
  })

  it('refuses sources without any binding of the queue, and names all', async () => {
    const bindings = bindingsWith({ 'signing-rules': RULES }, { CONFIG })
    await expect(createWorkerDeps(bindings)).rejects.toMatchObject({
      code: 'configuration-invalid',
      message:
        'Cannot start: CONFIG setting "sources" is set, and no bindings SIGNING_QUEUE, SIGNING_ACTOR and SIGNING_DIRECTORY; wrangler.signing.toml has them',
    })
  })

  it('refuses rules without Software Trust Manager, and names what to set', async () => {
    const rule = { name: 'all', repositories: [`${REGISTRY}/**`], keyId: 'key' }
    const rules = JSON.stringify({ version: '1.0', rules: [rule] })
    const bindings = bindingsWith({ 'signing-rules': rules }, { CONFIG, ...SIGNING })
    await expect(createWorkerDeps(bindings)).rejects.toMatchObject({
      code: 'configuration-invalid',
      message:
        'Cannot start: "signing-rules" of namespace TRUST has rules, and there is no Software Trust Manager; set SM_HOST and SM_API_KEY, and name the client certificate under mtls_certificates in wrangler.signing.toml',
    })
  })

  it.each(['SIGNING_QUEUE', 'SIGNING_ACTOR', 'SIGNING_DIRECTORY'] as const)(
    'names the binding %s when it alone is missing',
    async (name) => {
      const { [name]: _, ...present } = SIGNING
      const bindings = bindingsWith({ 'signing-rules': RULES }, { CONFIG, ...present })
      await expect(createWorkerDeps(bindings)).rejects.toMatchObject({
        code: 'configuration-invalid',
        message: `Cannot start: there is no binding ${name}; wrangler.signing.toml has all that signing by rules needs`,
      })
    },
  )
})
