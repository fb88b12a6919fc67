import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  dockerConfigurationFile,
  readDockerConfiguration,
} from '../../../functions/server/docker-configuration.ts'

const HOST = 'registry.example.com:5000'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function find(document: object | string, host = HOST) {
  const path = join(folder, 'config.json')
  await writeFile(path, typeof document === 'string' ? document : JSON.stringify(document))
  return (await readDockerConfiguration(path))(host)
}

/** A credential helper on PATH, written as the shell script that is given. */
async function installHelper(name: string, script: string): Promise<void> {
  const path = join(folder, `docker-credential-${name}`)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
}

describe('dockerConfigurationFile()', () => {
  test('is config.json in DOCKER_CONFIG', () => {
    expect(dockerConfigurationFile({ DOCKER_CONFIG: '/d' })).toBe(join('/d', 'config.json'))
  })

  test.each([{}, { DOCKER_CONFIG: '' }])("is in the user's home without it: %j", (environment) => {
    expect(dockerConfigurationFile(environment)).toContain(join('.docker', 'config.json'))
  })
})

describe('readDockerConfiguration()', () => {
  test('finds nothing where there is no file', async () => {
    const findCredentials = await readDockerConfiguration(join(folder, 'none', 'config.json'))
    expect(await findCredentials(HOST)).toBeUndefined()
  })

  test.each([HOST, `https://${HOST}`])('finds user and password under the key %s', async (key) => {
    const auths = { [key]: { auth: base64('ci:se:cret') } }
    expect(await find({ auths })).toEqual({ username: 'ci', password: 'se:cret' })
  })

  test('finds docker.io under the name that Docker gives it', async () => {
    const auths = { 'https://index.docker.io/v1/': { auth: base64('ci:secret') } }
    expect(await find({ auths }, 'docker.io')).toEqual({ username: 'ci', password: 'secret' })
  })

  test.each([{}, { auths: {} }, { auths: { [HOST]: {} } }, { auths: { other: { auth: 'x' } } }])(
    'finds nothing in %j',
    async (document) => {
      expect(await find(document)).toBeUndefined()
    },
  )

  test('does not take a member that every object has for a registry', async () => {
    expect(await find({ auths: {} }, 'constructor')).toBeUndefined()
  })

  test.each([
    ['{"auths"', 'it is not well-formed JSON'],
    ['[]', 'it is no JSON object'],
    [{ auths: { [HOST]: { auth: 'pl@nted' } } }, 'is not user:password in base64'],
    [{ auths: { [HOST]: { auth: base64('planted') } } }, 'is not user:password in base64'],
  ])('refuses %j without repeating it', async (document, found) => {
    const error = await find(document).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining(found),
    })
    expect(String(error)).not.toContain('planted')
  })

  test('refuses a file that cannot be read', async () => {
    await mkdir(join(folder, 'is-a-folder'), { recursive: true })
    await expect(readDockerConfiguration(join(folder, 'is-a-folder'))).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining('EISDIR'),
    })
  })

  test('asks the helper of the host before the one for all, and that before the file', async () => {
    await installHelper(
      'one',
      'read host; echo "{\\"Username\\":\\"$host\\",\\"Secret\\":\\"1\\"}"',
    )
    await installHelper('all', 'echo \'{"Username":"all","Secret":"2"}\'')
    const auths = { [HOST]: { auth: base64('file:3') } }
    const credHelpers = { [HOST]: 'one' }
    const document = { auths, credHelpers, credsStore: 'all' }
    expect(await find(document)).toEqual({ username: HOST, password: '1' })
    expect(await find(document, 'other.example')).toEqual({ username: 'all', password: '2' })
  })

  test('finds nothing where the helper has none', async () => {
    await installHelper('none', 'echo "credentials not found in native keychain"; exit 1')
    expect(await find({ credsStore: 'none' })).toBeUndefined()
  })

  test.each([
    ['fails', 'broken', 'echo planted; exit 3', 'it did not give credentials'],
    ['answers no JSON', 'chatty', 'echo planted', 'it did not give credentials'],
    [
      'answers no secret',
      'empty',
      'echo \'{"Username":"planted"}\'',
      'its answer holds no user and secret',
    ],
  ])(
    'refuses a helper that %s, without repeating its output',
    async (_what, name, script, found) => {
      await installHelper(name, script)
      const error = await find({ credsStore: name }).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'registry-denied',
        message: expect.stringContaining(`docker-credential-${name}: ${found}`),
      })
      expect(String(error)).not.toContain('planted')
    },
  )

  test.each([
    ['missing', 'it is not on PATH'],
    ['../planted', 'its name is not one of a program'],
  ])('refuses the helper %s', async (credsStore, found) => {
    await expect(find({ credsStore })).rejects.toMatchObject({
      code: 'registry-denied',
      message: expect.stringContaining(found),
    })
  })
})
