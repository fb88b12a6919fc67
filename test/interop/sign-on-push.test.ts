// Images sign themselves: an image is pushed by crane to a real registry, and the real notation verifies it, with
// nothing else done by anybody.

import { spawnSync } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApiOnWorkerd } from '../../demo/api/on-workerd.ts'
import type { RunningEmulator } from '../../emulator/start.ts'
import { DENO_PATH } from '../peers/runtimes.ts'
import { type ApiFolder, createApiFolder, onDeno } from '../support/api-process.ts'
import { createNotation, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import {
  freePort,
  type RegistryProcess,
  startDistribution,
  startOlareg,
} from '../support/registries.ts'
import { type EmulatedStm, startEmulatedStm } from './emulated-stm.ts'

const SECRET = randomBytes(24).toString('base64url')
const TOKEN = randomBytes(24).toString('base64url')
const REPOSITORY = 'team/app'

/** Starts an API with these variables. */
type StartSigningApi = (
  folder: ApiFolder,
  environment: Readonly<Record<string, string>>,
  emulator: RunningEmulator,
) => Promise<{ readonly url: string; close(): Promise<void> }>

async function startProcess(folder: ApiFolder, environment: Readonly<Record<string, string>>) {
  // The folder ends what was started from it.
  return { url: await folder.start(environment).url, close: async () => {} }
}

const startWorker: StartSigningApi = (_, environment, emulator) =>
  startApiOnWorkerd({ environment, emulator }, () => {})

/** Files of an API that signs what is pushed to a registry. */
async function writeFiles(folder: ApiFolder, host: string, { emulator }: EmulatedStm) {
  const configuration = {
    registries: [{ host }],
    insecureRegistries: [host],
    timestampAuthorities: [
      { name: 'emulator', url: emulator.tsaUrl, rootCertificates: [emulator.tsaRootPem] },
    ],
    sources: [
      {
        name: 'pushes',
        type: 'distribution',
        registry: host,
        repositories: ['team/**'],
        auth: { method: 'bearer', secret: SECRET },
      },
      {
        name: 'told',
        type: 'generic',
        registry: host,
        repositories: ['team/**'],
        auth: { method: 'bearer', secret: SECRET },
      },
    ],
    callers: [
      {
        name: 'ci',
        tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
        permissions: ['sign', 'verify', 'sweep'],
        keys: ['*'],
        repositories: ['*'],
      },
    ],
  }
  const rules = {
    version: '1.0',
    rules: [
      {
        name: 'team',
        repositories: [`${host}/${REPOSITORY}`, `${host}/team/others/**`],
        keyId: 'ec-p256',
        timestampAuthority: 'emulator',
      },
    ],
  }
  return {
    CONFIG: await folder.write('config.json', configuration),
    SIGNING_RULES: await folder.write('signing-rules.json', rules),
    QUEUE_DIR: join(folder.path, 'queue'),
  }
}

describePeers(
  'signing on push',
  ['notation', 'distribution', 'olareg', 'crane'],
  ({ notation: binary, distribution, olareg, crane }) => {
    let stm: EmulatedStm
    let notation: Notation

    beforeAll(async () => {
      stm = await startEmulatedStm()
      notation = await createNotation(binary)
      await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
      await notation.addCertificate('tsa', 'stm', stm.emulator.tsaRootPem)
      await notation.setPolicy({
        trustStores: ['ca:stm', 'tsa:stm'],
        override: { revocation: 'skip' },
      })
    })
    afterAll(async () => {
      await notation?.close()
      await stm?.close()
    })

    /** Pushes an image of one layer that no image had before. @returns `host/repository@sha256:…` */
    async function push(host: string, tag: string): Promise<string> {
      const layer = join(notation.folder, `${randomUUID()}.tar`)
      await writeFile(layer, Buffer.concat([randomBytes(512), Buffer.alloc(1024)]))
      const args = [
        'append',
        '--insecure',
        '--new_layer',
        layer,
        '--new_tag',
        `${host}/${REPOSITORY}:${tag}`,
      ]
      const { status, stdout, stderr } = spawnSync(crane, args, { encoding: 'utf8' })
      expect(status, stderr).toBe(0)
      return stdout.trim()
    }

    async function expectVerified(reference: string): Promise<void> {
      const deadline = Date.now() + 20_000
      let last = ''
      while (Date.now() < deadline) {
        const ended = await notation.run(['verify', '--insecure-registry', reference])
        if (ended.exitCode === 0) return
        last = ended.stderr
        await wait(100)
      }
      throw new Error(`notation does not verify ${reference}: ${last}`)
    }

    async function countSignatures(reference: string): Promise<number> {
      const { stdout } = await notation.run(['list', '--insecure-registry', reference])
      const [, ...listed] = stdout.match(/sha256:[0-9a-f]{64}/g) ?? []
      return listed.length
    }

    describe.each<[string, StartSigningApi]>([
      ['Node', (folder, environment) => startProcess(folder, environment)],
      ['Deno', (folder, environment) => startProcess(folder, environment)],
      ['workerd', startWorker],
    ])('with the API on %s', (name, startApi) => {
      let folder: ApiFolder
      let registry: RegistryProcess
      let api: { readonly url: string; close(): Promise<void> }

      beforeAll(async () => {
        folder = await createApiFolder(name === 'Deno' ? onDeno(DENO_PATH) : undefined)
        const port = await freePort()
        registry = await startDistribution(distribution, {
          events: {
            url: `http://127.0.0.1:${port}/v1/events/pushes`,
            authorization: `Bearer ${SECRET}`,
            ignores: true,
          },
        })
        const files = await writeFiles(folder, registry.host, stm)
        const environment = { ...stm.emulator.environment, ...files, PORT: String(port) }
        api = await startApi(folder, environment, stm.emulator)
      }, 60_000)
      afterAll(async () => {
        await api?.close()
        await folder?.close()
        await registry?.close()
      })

      it('an image that crane pushes to Distribution is verified by notation, and has one signature', async () => {
        const reference = await push(registry.host, 'v1')
        await expectVerified(reference)
        expect(await countSignatures(reference)).toBe(1)
      }, 60_000)

      it('its event and two callers at the same time leave one signature and one sign request', async () => {
        const before = stm.emulator.requests.filter(({ path }) => path.endsWith('/sign')).length
        const reference = await push(registry.host, 'v2')
        const sign = () =>
          fetch(`${api.url}/v1/sign`, {
            method: 'POST',
            headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
            body: JSON.stringify({ reference, keyId: 'ec-p256', timestampAuthority: 'emulator' }),
          })
        const answers = await Promise.all([sign(), sign()])
        expect(answers.map(({ status }) => status)).toEqual([200, 200])
        const digests = await Promise.all(
          answers.map(async (answer) => {
            const body = (await answer.json()) as { signature: { manifestDigest: string } }
            return body.signature.manifestDigest
          }),
        )
        await expectVerified(reference)

        expect(new Set(digests).size).toBe(1)
        expect(await countSignatures(reference)).toBe(1)
        const after = stm.emulator.requests.filter(({ path }) => path.endsWith('/sign')).length
        expect(after - before).toBe(1)
      }, 60_000)
    })

    it('images on olareg are verified by notation, told of or found by a sweep', async () => {
      const folder = await createApiFolder()
      const registry = await startOlareg(olareg)
      try {
        const files = await writeFiles(folder, registry.host, stm)
        const api = folder.start({ ...stm.emulator.environment, ...files, PORT: '0' })
        const reference = await push(registry.host, 'v1')
        const [, digest] = reference.split('@')
        const answer = await fetch(`${await api.url}/v1/events/told`, {
          method: 'POST',
          headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
          body: JSON.stringify({ events: [{ repository: REPOSITORY, digest, tag: 'v1' }] }),
        })
        expect(answer.status).toBe(202)

        await expectVerified(reference)

        const unknown = await push(registry.host, 'v2')
        const swept = await fetch(`${await api.url}/v1/sweep`, {
          method: 'POST',
          headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
          body: JSON.stringify({ dryRun: false }),
        })
        expect(swept.status).toBe(200)
        await expectVerified(unknown)
      } finally {
        await folder.close()
        await registry.close()
      }
    }, 60_000)
  },
)
