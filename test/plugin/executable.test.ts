// The file that `npm run build` writes: where it runs, and what it leaves on its outputs whatever happens.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NODE_MAJORS } from '../peers/runtimes.ts'
import { describeNodes } from '../support/peers.ts'
import {
  errorOf,
  keyRequest,
  openBench,
  PLUGIN,
  type PluginBench,
  runPlugin,
  signatureRequest,
} from './plugin-process.ts'

let bench: PluginBench
let folder: string

beforeAll(async () => {
  bench = await openBench()
  folder = mkdtempSync(join(tmpdir(), 'executable-'))
})
afterAll(async () => {
  await bench.close()
  rmSync(folder, { recursive: true })
})

/** A copy of the plugin, as notation installs it. */
function install(): string {
  const file = join(folder, 'notation-digicert-stm')
  copyFileSync(PLUGIN, file)
  return file
}

describe('dist/notation-digicert-stm', () => {
  it('is one executable script without imports, exports, require or a source map', () => {
    const text = readFileSync(PLUGIN, 'utf8')
    expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true)
    expect(statSync(PLUGIN).mode & 0o777).toBe(0o755)
    expect(text).not.toMatch(/^\s*(import|export)\b|\brequire\(|sourceMappingURL|\bimport\(/m)
    expect(text).not.toMatch(/cbor|pkijs|asn1js|hono|undici|node_modules/)
    expect(text).not.toContain(process.cwd())
  })

  it.each(['{"type":"module"}', '{"type":"commonjs"}', '{}', undefined])(
    'runs alike beside a package.json of %s',
    async (packageJson) => {
      const file = install()
      rmSync(join(folder, 'package.json'), { force: true })
      if (packageJson !== undefined) writeFileSync(join(folder, 'package.json'), packageJson)
      const described = await runPlugin({
        file,
        args: ['describe-key'],
        request: keyRequest('ec-p256'),
        env: bench.env,
      })
      expect(described).toEqual({
        exitCode: 0,
        stdout: '{"keyId":"ec-p256","keySpec":"EC-256"}\n',
        stderr: '',
      })
      const metadata = await runPlugin({ file, args: ['get-plugin-metadata'], env: {} })
      expect(metadata).toMatchObject({ exitCode: 0, stderr: '' })
      rmSync(join(folder, 'package.json'), { force: true })
    },
  )

  it.each(['version', '--help'])('tells people who start it with %s', async (command) => {
    const { exitCode, stdout, stderr } = await runPlugin({ args: [command], env: {} })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^digicert-stm .*Signs OCI artifacts/)
  })

  it('answers metadata without settings, file or network', async () => {
    const requests = [
      '{}',
      '{ "pluginConfig": {} }',
      { pluginConfig: { SM_HOST: 'x' } },
      `${' '.repeat(2000)}{}`,
    ]
    for (const request of requests) {
      const { exitCode, stdout, stderr } = await runPlugin({
        args: ['get-plugin-metadata'],
        request,
        env: {},
      })
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(JSON.parse(stdout)).toMatchObject({ name: 'digicert-stm' })
    }
  })

  it.each(['stdout', 'stderr', 'console'])(
    'logs nothing to an output with SM_LOG_OUTPUT=%s',
    async (output) => {
      const env = { SM_LOG_OUTPUT: output, SM_LOG_LEVEL: 'debug' }
      const { stdout, stderr } = await bench.run('describe-key', keyRequest('ec-p256'), env)
      expect({ stdout, stderr }).toEqual({
        stdout: '{"keyId":"ec-p256","keySpec":"EC-256"}\n',
        stderr: '',
      })
      expect(bench.log()).toContain('DEBUG [')
    },
  )

  it('signs when the log cannot be written', async () => {
    const env = { SM_LOG_DIR: '/proc/nowhere' }
    const { exitCode } = await bench.run(
      'generate-signature',
      signatureRequest('ec-p256', 'EC-256'),
      env,
    )
    expect(exitCode).toBe(0)
  })

  it('keeps warnings of Node from its outputs and puts them into the log', async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    const { exitCode, stderr } = await bench.run('describe-key', keyRequest('ec-p256'), env)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(bench.log()).toContain('Node.js: Setting the NODE_TLS_REJECT_UNAUTHORIZED')
  })

  it('ends though its caller never ends stdin, once it has an answer to give', async () => {
    const child = spawn(process.execPath, [PLUGIN, 'no-such-command'], { env: {} })
    let stderr = ''
    child.stderr.on('data', (part: Buffer) => {
      stderr += part.toString()
    })
    const [exitCode] = await once(child, 'close')
    expect(exitCode).toBe(1)
    expect(JSON.parse(stderr)).toMatchObject({ errorCode: 'VALIDATION_ERROR' })
  })

  it('ends when its answer is written whole, however long', () => {
    const module = JSON.stringify(join(import.meta.dirname, '..', '..', 'plugin', 'write-whole.ts'))
    const script = `import(${module}).then(({ writeWhole }) => {
      writeWhole(1, 'é'.repeat(1_000_000))
      process.exit(0)
    })`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { maxBuffer: 4_000_000 })
    expect(stdout).toHaveLength(2_000_000)
  })
})

describeNodes(NODE_MAJORS.supported, (node) => {
  it('the plugin describes, signs and refuses alike', async () => {
    const file = install()
    const run = (command: string, request: object) =>
      runPlugin({ file, node, args: [command], request, env: bench.env })
    for (const keyId of ['rsa-3072', 'ec-p521'])
      expect(await run('describe-key', keyRequest(keyId))).toMatchObject({
        exitCode: 0,
        stderr: '',
      })
    expect(await run('generate-signature', signatureRequest('ec-p384', 'EC-384'))).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    expect(errorOf(await run('describe-key', keyRequest('nothing'))).errorMessage).toContain(
      '404 Not Found',
    )
  })
})

describeNodes(NODE_MAJORS.refused, (node, major) => {
  it('every command fails with one line that says what is needed', async () => {
    const file = install()
    for (const command of ['get-plugin-metadata', 'describe-key', 'version']) {
      const { errorCode, errorMessage } = errorOf(
        await runPlugin({ file, node, args: [command], env: {} }),
      )
      expect(errorCode).toBe('ERROR')
      expect(errorMessage).toMatch(
        new RegExp(
          `^notation-digicert-stm needs Node\\.js 22\\.3 or newer, this is v${major}\\.\\d+\\.\\d+ \\(.*\\); put a newer node first on PATH$`,
        ),
      )
    }
  })
})
