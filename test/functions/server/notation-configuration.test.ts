import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfiguration } from '../../../functions/configuration.ts'
import { readInsecureRegistries } from '../../../functions/server/notation-configuration.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notation-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function read(settings: object | string): Promise<readonly string[]> {
  const text = typeof settings === 'string' ? settings : JSON.stringify(settings)
  await writeFile(join(folder, 'config.json'), text)
  return readInsecureRegistries(folder)
}

describe('readInsecureRegistries()', () => {
  test("gives the hosts of notation's config.json", async () => {
    const settings = {
      insecureRegistries: ['a.example', 'b.example:5000'],
      signatureFormat: 'cose',
    }
    expect(await read(settings)).toEqual(['a.example', 'b.example:5000'])
  })

  test.each([{}, { insecureRegistries: null }])('gives none for %j', async (settings) => {
    expect(await read(settings)).toEqual([])
  })

  test('gives none where there is no such file', async () => {
    expect(await readInsecureRegistries(join(folder, 'none'))).toEqual([])
  })

  test.each(['{', '[]', { insecureRegistries: 'a.example' }, { insecureRegistries: [1] }])(
    'refuses %j, naming the file',
    async (settings) => {
      await expect(read(settings)).rejects.toMatchObject({
        code: 'configuration-invalid',
        message: expect.stringContaining('config.json'),
      })
    },
  )
})

describe('parseConfiguration()', () => {
  const document = {
    registries: [{ host: 'a.example' }, { host: 'b.example' }, { host: 'c.example' }],
    insecureRegistries: ['b.example'],
  }
  const bytes = new TextEncoder().encode(JSON.stringify(document))

  test("takes this machine's insecure registries besides its own, and adds no host by them", () => {
    const { registries } = parseConfiguration(bytes, ['a.example', 'd.example'])
    const insecure = [...registries.values()].filter(({ plainHttp }) => plainHttp)
    expect(insecure.map(({ host }) => host)).toEqual(['a.example', 'b.example'])
  })
})
