// The plugin as notation sees it: installed, listed, and silent about its secrets.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNotation, PLUGIN_FILE } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

describePeers('the plugin in notation', ['notation'], ({ notation: binary }) => {
  let cli: CommandLine

  beforeAll(async () => {
    cli = await openCommandLine(binary)
  })
  afterAll(() => cli.close())

  it('notation installs the plugin, lists it and uninstalls it', async () => {
    const notation = await createNotation(binary)
    try {
      const installed = await notation.run(['plugin', 'install', '--file', PLUGIN_FILE])
      expect(installed).toMatchObject({ exitCode: 0, stderr: '' })
      expect(installed.stdout).toMatch(/^Successfully installed plugin digicert-stm, version \d/)
      const { stdout } = await notation.run(['plugin', 'list'])
      expect(stdout).toMatch(/^digicert-stm .*\[SIGNATURE_GENERATOR\.RAW\] +<nil> *$/m)
      const removed = await notation.run(['plugin', 'uninstall', '--yes', 'digicert-stm'])
      expect(removed.stdout).toContain('Successfully uninstalled plugin digicert-stm')
    } finally {
      await notation.close()
    }
  })

  it('notation signs through a key of its own list', async () => {
    const add = ['key', 'add', '--plugin', 'digicert-stm', '--id', 'ec-p256', 'by-name']
    expect((await cli.notation.run(add)).exitCode).toBe(0)
    const { image } = await cli.sign({ keyId: 'ec-p256' })
    const sign = ['sign', '--key', 'by-name', '--insecure-registry', image.reference]
    expect(await cli.notation.run(sign)).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await cli.verify(image)).exitCode).toBe(0)
  })

  it('neither notation -d nor the plugin log holds the API key or the password', async () => {
    const { apiKey, clientP12Password } = cli.stm.emulator
    const environment = { SM_LOG_LEVEL: 'trace', SM_LOG_OUTPUT: 'stdout' }
    const { signed } = await cli.sign({ keyId: 'ec-p256', flags: ['--debug'], environment })
    expect(signed.exitCode).toBe(0)
    expect(signed.stderr).toContain('Plugin generate-signature response')
    const logged = await readFolder(join(cli.notation.folder, 'sm'))
    expect(logged).not.toBe('')
    for (const text of [signed.stdout, signed.stderr, logged]) {
      expect(text).not.toContain(apiKey)
      expect(text).not.toContain(clientP12Password)
    }
  })
})

/** All files of a folder, joined. */
async function readFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const texts = files.map((file) => readFile(join(file.parentPath, file.name), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}
