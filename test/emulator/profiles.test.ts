import { createHash, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { PROFILES, parseProfile } from '../../emulator/profiles.ts'
import { SetupError } from '../../emulator/setup-error.ts'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { type AnswerItem, ask, askToSign, FREE_PORTS, keypairOf, MESSAGE } from './stm.ts'

describe('under the profile', () => {
  let emulator: RunningEmulator
  beforeAll(async () => {
    emulator = await startEmulator(FREE_PORTS)
  })
  afterEach(() => emulator.setProfile([]))
  afterAll(() => emulator.close())

  async function listed(alias: string): Promise<AnswerItem | undefined> {
    return (await ask(emulator, `/keypairs?alias=${alias}`)).json.items?.[0]
  }

  async function single(alias: string): Promise<AnswerItem> {
    return (await ask(emulator, `/keypairs/${keypairOf(emulator, alias).id}`)).json
  }

  /** Subjects of a chain in its order. */
  async function chainOf(alias: string): Promise<X509Certificate[]> {
    const [certificate] = (await single(alias)).certificates ?? []
    return (certificate?.chain ?? []).map(
      ({ blob }) => new X509Certificate(Buffer.from(blob, 'base64')),
    )
  }

  const isSelfIssued = ({ subject, issuer }: X509Certificate) => subject === issuer

  test('none, lists hold certificates with their chain', async () => {
    expect((await listed('my-key'))?.certificates?.[0]?.chain).toHaveLength(2)
  })

  test('list-without-chain, only single keypairs have the chain', async () => {
    emulator.setProfile('list-without-chain')
    const [certificate] = (await listed('my-key'))?.certificates ?? []
    expect(certificate).toHaveProperty('cert')
    expect(certificate).not.toHaveProperty('chain')
    const [item] = (await ask(emulator, '/certificates?alias=my-key')).json.items ?? []
    expect(item).not.toHaveProperty('chain')
    expect((await single('my-key')).certificates?.[0]?.chain).toHaveLength(2)
  })

  test('list-without-certificates, only single keypairs have certificates', async () => {
    emulator.setProfile('list-without-certificates')
    expect(await listed('my-key')).not.toHaveProperty('certificates')
    expect((await single('my-key')).certificates).toHaveLength(1)
  })

  test('no-certificate, keypairs have none and the list of certificates is empty', async () => {
    emulator.setProfile('no-certificate')
    expect((await single('my-key')).certificates).toEqual([])
    expect(await single('my-key')).toHaveProperty('number_of_active_certificates', 0)
    expect((await ask(emulator, '/certificates')).json).toMatchObject({ total: 0, items: [] })
  })

  test.each(['', '&limit=100'])(
    'substring-filter, the exact alias comes on page 2 (query …%s)',
    async (limit) => {
      emulator.setProfile('substring-filter')
      const { json } = await ask(emulator, `/keypairs?alias=my-key${limit}`)
      expect(json.limit).toBe(20)
      expect(json.items).toHaveLength(20)
      expect(json.items?.every(({ alias }) => alias?.includes('my-key'))).toBe(true)
      expect(json.items?.map(({ alias }) => alias)).not.toContain('my-key')
      const next = (await ask(emulator, `/keypairs?alias=my-key&offset=20${limit}`)).json
      expect(next.items?.map(({ alias }) => alias)).toEqual(['my-key', 'My-Key'])
      expect(next.total).toBe(22)
    },
  )

  test('substring-filter, the other keypairs are there by id, the same ones each time', async () => {
    emulator.setProfile('substring-filter')
    const [first] = (await ask(emulator, '/keypairs?alias=my-key')).json.items ?? []
    const [again] = (await ask(emulator, '/keypairs?alias=my-key')).json.items ?? []
    expect(again?.id).toBe(first?.id)
    expect((await ask(emulator, `/keypairs/${first?.id}`)).json.alias).toBe(first?.alias)
    expect((await ask(emulator, '/keypairs?alias=nobody')).json.items).toEqual([])
  })

  test('uuid-alias, a keypair has an alias that is no id', async () => {
    const alias = 'c0ffee00-1234-4abc-8def-0123456789ab'
    expect((await ask(emulator, `/keypairs?alias=${alias}`)).json.total).toBe(0)
    emulator.setProfile('uuid-alias')
    expect((await ask(emulator, `/keypairs/${alias}`)).status).toBe(404)
    expect((await ask(emulator, `/keypairs?alias=${alias}`)).json.total).toBe(1)
    expect((await askToSign(emulator, alias, 'SHA256withECDSA')).status).toBe(200)
  })

  test('root-absent, chains end with the intermediate', async () => {
    emulator.setProfile('root-absent')
    const chain = await chainOf('my-key')
    expect(chain.map(isSelfIssued)).toEqual([false])
  })

  test('cross-signed, chains hold the root twice: once issued by another root', async () => {
    emulator.setProfile('cross-signed')
    const [intermediate, cross, root] = await chainOf('my-key')
    expect(cross?.subject).toBe(root?.subject)
    expect(cross?.issuer).not.toBe(root?.issuer)
    for (const issuer of [cross, root])
      expect(issuer && intermediate?.verify(issuer.publicKey)).toBe(true)
    expect(cross && root && cross.publicKey.equals(root.publicKey)).toBe(true)
  })

  test('cross-signed and root-absent, chains end with the cross-signed root', async () => {
    emulator.setProfile(['cross-signed', 'root-absent'])
    expect((await chainOf('my-key')).map(isSelfIssued)).toEqual([false, false])
  })

  test('shuffled-chain, chains come root first', async () => {
    emulator.setProfile('shuffled-chain')
    expect((await chainOf('my-key')).map(isSelfIssued)).toEqual([true, false])
  })

  test('alias-in-path, an alias stands for the id, to the letter', async () => {
    emulator.setProfile('alias-in-path')
    expect((await ask(emulator, '/keypairs/my-key')).json.alias).toBe('my-key')
    expect((await ask(emulator, '/keypairs/MY-KEY')).status).toBe(404)
    const hash = createHash('sha256').update(MESSAGE).digest('base64')
    const body = { sig_alg: 'SHA256withRSA', hash }
    expect((await ask(emulator, '/keypairs/my-key/sign', { method: 'POST', body })).status).toBe(
      200,
    )
  })

  test('double-slash, a path with // is served', async () => {
    emulator.setProfile('double-slash')
    expect((await ask(emulator, '//keypairs?alias=my-key')).json.total).toBe(1)
  })

  test('raw-ecdsa, signatures are r‖s', async () => {
    emulator.setProfile('raw-ecdsa')
    const { json } = await askToSign(emulator, 'ec-p521', 'SHA512withECDSA')
    const signature = Buffer.from(json.signature ?? '', 'base64')
    expect(signature).toHaveLength(132)
    const key = new X509Certificate(keypairOf(emulator, 'ec-p521').certificates[0] ?? '').publicKey
    const dsaEncoding = 'ieee-p1363'
    expect(verify('sha512', Buffer.from(MESSAGE), { key, dsaEncoding }, signature)).toBe(true)
  })

  test('signature-by-id, only the id comes, and the signature by it', async () => {
    emulator.setProfile('signature-by-id')
    const { json } = await askToSign(emulator, 'my-key', 'SHA256withRSA')
    expect(Object.keys(json)).toEqual(['id'])
    expect((await ask(emulator, `/signatures/${json.id}`)).json.signature).toHaveLength(344)
  })

  test('pss-named-mgf1, RSASSA-PSS has the other name alone', async () => {
    expect((await askToSign(emulator, 'my-key', 'SHA256withRSAandMGF1')).status).toBe(400)
    emulator.setProfile('pss-named-mgf1')
    expect((await askToSign(emulator, 'my-key', 'SHA256withRSAandMGF1')).status).toBe(200)
    expect((await askToSign(emulator, 'my-key', 'SHA256WithRSA/PSS')).status).toBe(400)
    expect((await askToSign(emulator, 'my-key', 'SHA256withRSA')).status).toBe(200)
  })
})

describe('parseProfile()', () => {
  test('reads one name, several with commas, a list, and nothing', () => {
    expect([...parseProfile('root-absent')]).toEqual(['root-absent'])
    expect([...parseProfile('root-absent, raw-ecdsa')]).toEqual(['root-absent', 'raw-ecdsa'])
    expect([...parseProfile(['raw-ecdsa'])]).toEqual(['raw-ecdsa'])
    expect([...parseProfile('')]).toEqual([])
  })

  test.each([['nothing-such'], ['toString'], [['x']], [[1]]])('refuses %j by name', (value) => {
    expect(() => parseProfile(value)).toThrow(SetupError)
    expect(() => parseProfile(value)).toThrow(/^Cannot read profile .*: known are list-without-/)
  })

  test.each([1, null, {}])('refuses %j', (value) => {
    expect(() => parseProfile(value)).toThrow(
      'Cannot read profile: wanted a name, or a list of names',
    )
  })

  test('knows what the README’s table knows', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../emulator/README.md'), 'utf8')
    const table = readme.slice(readme.indexOf('## Profiles'), readme.indexOf('## Faults'))
    const names = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name)
    expect(names).toEqual(Object.keys(PROFILES))
  })
})
