// The container's own command, as its user, in its files: nothing but the one folder can be written to.

import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodePem } from '../../shared/x509/pem.ts'
import { buildChain } from '../support/certificates.ts'
import { makeJws } from '../support/envelopes.ts'
import { readContainerfile } from './containerfile.ts'
import { type Layout, layOut } from './layout.ts'

const PROJECT = join(import.meta.dirname, '..', '..')
const TOKEN = 'token-of-the-ci-job'
const REPOSITORY = 'registry.example.com/team/app'
const DESCRIPTOR = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 7,
}
/** Valid whenever this runs. */
const VALIDITY = { notBefore: new Date('2020-01-01'), notAfter: new Date('2049-12-31') }
const SETTINGS_MODE = 0o444

const image = readContainerfile(await readFile(join(PROJECT, 'Containerfile'), 'utf8'))

describe('the Containerfile', () => {
  test('runs as a user that is not root, with packages for running alone', () => {
    expect([image.uid, image.gid]).toEqual([65_534, 65_534])
    expect(image.install).toBe(
      'npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund',
    )
  })

  test('copies nothing that the context leaves out', async () => {
    const kept = (await readFile(join(PROJECT, '.dockerignore'), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    expect(kept.toSorted()).toEqual([...image.copied, 'package-lock.json'].toSorted())
  })
})

const isRoot = process.getuid?.() === 0
if (!isRoot) process.stderr.write('Skipped the container: only root starts processes as others\n')

describe.skipIf(!isRoot)("the container's command", () => {
  let layout: Layout
  let api: ChildProcess
  let url: string
  let settings: Readonly<Record<string, string>>
  let before: readonly string[]
  let output = ''
  const chain = buildChain({ leaf: VALIDITY, intermediate: VALIDITY, root: VALIDITY })

  beforeAll(async () => {
    layout = await layOut(image)
    settings = {
      CONFIG: await writeSetting('config.json', configuration()),
      TRUST_BUNDLE: await writeSetting('trust-bundle.json', trustBundle()),
      PORT: '0',
    }
    before = await layout.list()
    api = layout.run(image.command, settings)
    url = await listening()
  })
  afterAll(async () => {
    if (api !== undefined && api.exitCode === null) {
      api.kill('SIGKILL')
      await once(api, 'close')
    }
    await layout?.close()
  })

  test('answers that it is alive and ready', async () => {
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    const ready = await fetch(`${url}/readyz`)
    expect(await ready.json()).toEqual({ status: 'ready', failing: [], degraded: [] })
    expect((await fetch(`${url}/docs`)).status).toBe(200)
  })

  test('verifies an envelope', async () => {
    const envelope = makeJws({
      chain,
      payload: JSON.stringify({ targetArtifact: DESCRIPTOR }),
      header: { 'io.cncf.notary.signingTime': '2025-01-01T00:00:00Z' },
    })
    const answer = await fetch(`${url}/v1/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({
        artifactReference: `${REPOSITORY}@${DESCRIPTOR.digest}`,
        descriptor: DESCRIPTOR,
        signature: {
          mediaType: 'application/jose+json',
          envelope: Buffer.from(envelope).toString('base64'),
        },
      }),
    })
    expect(await answer.json()).toMatchObject({ verified: true })
  })

  test('is healthy by its own check, and not on another port', async () => {
    const { port } = new URL(url)
    const statusOn = async (PORT: string): Promise<unknown> =>
      (await once(layout.run(image.healthCommand, { PORT }), 'close'))[0]
    expect(await statusOn(port)).toBe(0)
    expect(await statusOn('9')).toBe(1)
  })

  test('can write to its one folder alone', async () => {
    const attempt = `const { rmSync, writeFileSync } = require('node:fs')
      const [root, ...folders] = process.argv.slice(1)
      for (const folder of folders)
        try {
          writeFileSync(root + folder + '/attempt', '')
          rmSync(root + folder + '/attempt')
          console.log(folder)
        } catch {}`
    const folders = ['/', image.folder, `${image.folder}/functions`, image.volume]
    const child = layout.run(['node', '-e', attempt, layout.root, ...folders], {})
    let written = ''
    child.stdout?.on('data', (chunk) => {
      written += chunk
    })
    await once(child, 'close')
    expect(written.trim()).toBe(image.volume)
  })

  test('ends in order, and has written nothing', async () => {
    api.kill('SIGTERM')
    const [status] = await once(api, 'close')
    expect(status, output).toBe(0)
    expect(await layout.list()).toEqual(before)
    expect(await readdir(join(layout.root, image.volume))).toEqual([])
  })

  /** As a file that is mounted: readable, and not the process's own. */
  async function writeSetting(name: string, content: object): Promise<string> {
    const path = join(layout.root, name)
    await writeFile(path, JSON.stringify(content))
    await chmod(path, SETTINGS_MODE)
    return path
  }

  /** Loopback in place of the address that it listens on, which is every one. */
  function listening(): Promise<string> {
    return new Promise((resolve, reject) => {
      const take = (chunk: unknown): void => {
        output += String(chunk)
        const found = output.match(/"url":"http:\/\/0\.0\.0\.0:(\d+)"/)
        if (found !== null) resolve(`http://127.0.0.1:${found[1]}`)
      }
      api.stdout?.on('data', take)
      api.stderr?.on('data', take)
      api.once('close', () => reject(new Error(`The API ended: ${output}`)))
    })
  }

  function trustBundle(): object {
    const root = encodePem('CERTIFICATE', chain.certificates.at(-1) ?? new Uint8Array())
    const statement = {
      name: 'images',
      registryScopes: [REPOSITORY],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['*'],
    }
    return {
      trustPolicy: { version: '1.0', trustPolicies: [statement] },
      trustStores: { 'ca:acme': [root] },
    }
  }
})

function configuration(): object {
  const tokenSha256 = createHash('sha256').update(TOKEN).digest('hex')
  const caller = { name: 'ci', tokenSha256, permissions: ['verify'], repositories: [REPOSITORY] }
  return { callers: [caller] }
}
