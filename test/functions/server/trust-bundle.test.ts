// npm run trust-bundle as a process of its own.

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { issueCa } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const COMMAND = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'functions',
  'server',
  'trust-bundle.ts',
)
const { der } = issueCa()
const PEM = encodePem('CERTIFICATE', der)
const strict = { signatureVerification: { level: 'strict' }, trustedIdentities: ['*'] }
const POLICY = {
  version: '1.0',
  trustPolicies: [{ name: 'images', registryScopes: ['*'], trustStores: ['ca:acme'], ...strict }],
}
const BLOBS = {
  version: '1.0',
  trustPolicies: [{ name: 'blobs', trustStores: ['ca:blobs'], ...strict }],
}

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trust-bundle-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Writes files of notation's folder, objects as JSON. */
async function write(files: Readonly<Record<string, object | string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, 'notation', path)
    await mkdir(dirname(file), { recursive: true })
    const isJson = typeof content === 'object' && !(content instanceof Uint8Array)
    await writeFile(file, isJson ? JSON.stringify(content) : content)
  }
}

function run(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  return new Promise((done, failed) => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      ...environment,
    }
    const child = spawn(process.execPath, [COMMAND, ...args], { env, cwd: folder })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', failed)
    child.once('close', (exitCode) => done({ exitCode, stdout, stderr }))
  })
}

describe('npm run trust-bundle', () => {
  test('writes the policies with the stores that they name, and says what it wrote', async () => {
    await write({
      'trustpolicy.json': POLICY,
      'trustpolicy.blob.json': BLOBS,
      'truststore/x509/ca/acme/root.pem': PEM,
      'truststore/x509/ca/blobs/root.crt': der,
      'truststore/x509/ca/other/root.pem': PEM,
    })
    const { exitCode, stdout, stderr } = await run()
    expect(exitCode).toBe(0)
    const document = JSON.parse(stdout)
    expect(document).toEqual({
      trustPolicy: POLICY,
      blobTrustPolicy: BLOBS,
      trustStores: { 'ca:acme': [PEM], 'ca:blobs': [PEM] },
    })
    const { digest } = await parseTrustBundle(document, nodeCrypto)
    expect(stderr).toBe(
      `Trust bundle ${digest}: 2 trust policies, trust stores ca:acme, ca:blobs\n`,
    )
  })

  test('reads the folder that --config or NOTATION_CONFIG names, with or without a slash at its end', async () => {
    await write({ 'trustpolicy.json': POLICY, 'truststore/x509/ca/acme/root.pem': PEM })
    const elsewhere = { XDG_CONFIG_HOME: join(folder, 'nowhere') }
    const named = await run(['--config', `${join(folder, 'notation')}/`], elsewhere)
    expect(JSON.parse(named.stdout).trustStores).toEqual({ 'ca:acme': [PEM] })
    const byVariable = { ...elsewhere, NOTATION_CONFIG: `${join(folder, 'notation')}/` }
    expect((await run([], byVariable)).stdout).toBe(named.stdout)
  })

  test('writes a file whole, over the old one, and nothing to standard output', async () => {
    await write({ 'trustpolicy.json': POLICY, 'truststore/x509/ca/acme/root.pem': PEM })
    const out = join(folder, 'bundle.json')
    await writeFile(out, 'the old one')
    expect(await run(['--out', 'bundle.json'])).toMatchObject({ exitCode: 0, stdout: '' })
    expect(JSON.parse(await readFile(out, 'utf8'))).toHaveProperty('trustPolicy')
    expect((await readdir(folder)).sort()).toEqual(['bundle.json', 'notation'])
  })

  test('warns of a store without certificates', async () => {
    await write({ 'trustpolicy.json': POLICY })
    const { exitCode, stderr } = await run()
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(
      /^Warning: the trust store "ca:acme" has no certificates; add them with "notation cert add"\nTrust bundle sha256:[0-9a-f]{64}: 1 trust policy, trust stores none\n$/,
    )
  })

  test.each<[string, Readonly<Record<string, object | string>>, string]>([
    ['no folder', {}, "holds no trust policy; name notation's folder with --config"],
    ['a policy for blobs alone', { 'trustpolicy.blob.json': BLOBS }, 'holds no trust policy'],
    ['no JSON', { 'trustpolicy.json': '{' }, 'malformed trust policy.'],
    [
      'a wrong policy',
      { 'trustpolicy.json': { ...POLICY, version: '2.0' } },
      'trust policy document uses unsupported version "2.0"',
    ],
    [
      'a wrong policy for blobs',
      { 'trustpolicy.json': POLICY, 'trustpolicy.blob.json': { version: '1.0' } },
      'blob trust policy document can not have zero trust policy statements',
    ],
    [
      'a certificate that is none',
      { 'trustpolicy.json': POLICY, 'truststore/x509/ca/acme/a.pem': 'none' },
      'failed to read the trusted certificate a.pem in trust store acme of type ca',
    ],
  ])('writes nothing for %s', async (_name, files, message) => {
    await write(files)
    const { exitCode, stdout, stderr } = await run(['--out', 'bundle.json'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/^Cannot write the trust bundle: .*\n$/)
    expect(stderr).toContain(message)
    expect(await readdir(folder)).not.toContain('bundle.json')
  })

  test('refuses a symbolic link, as notation does', async () => {
    await write({ 'trustpolicy.json': POLICY, 'truststore/x509/ca/acme/root.pem': PEM })
    await symlink('root.pem', join(folder, 'notation/truststore/x509/ca/acme/link.pem'))
    const { exitCode, stderr } = await run()
    expect(exitCode).toBe(1)
    expect(stderr).toContain('is a symbolic link')
  })

  test('says which file it cannot write', async () => {
    await write({ 'trustpolicy.json': POLICY })
    const { exitCode, stderr } = await run(['--out', 'no/such/bundle.json'])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/ENOENT.*bundle\.json/)
    expect(await run(['--out', 'notation'])).toMatchObject({ exitCode: 1 })
    expect(await readdir(folder)).toEqual(['notation'])
  })

  test('writes how identities are matched where notation would refuse them', async () => {
    const [images] = POLICY.trustPolicies
    const trustedIdentities = ['x509.subject: C=SG, O=Acme']
    await write({
      'trustpolicy.json': { version: '1.0', trustPolicies: [{ ...images, trustedIdentities }] },
      'truststore/x509/ca/acme/root.pem': PEM,
    })
    expect(await run()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('has no mandatory RDN attribute for "ST"'),
    })
    const { exitCode, stdout } = await run(['--identity-matching', 'extended'])
    expect(exitCode).toBe(0)
    const document = JSON.parse(stdout)
    expect(document.identityMatching).toBe('extended')
    const bundle = await parseTrustBundle(document, nodeCrypto)
    expect(bundle.trustPolicy.statements[0]?.trustedIdentities.matching).toBe('extended')
  })

  test.each([[['--planted']], [['argument']], [['--out']], [['--identity-matching', 'lenient']]])(
    'refuses the options %j',
    async (args) => {
      const { exitCode, stdout, stderr } = await run(args)
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      expect(stderr).toContain('npm run trust-bundle -- --help lists the options')
    },
  )

  test('explains itself', async () => {
    const { exitCode, stdout } = await run(['--help'])
    expect(exitCode).toBe(0)
    for (const option of ['--config DIR', '--out FILE', 'Exit status'])
      expect(stdout).toContain(option)
  })
})
