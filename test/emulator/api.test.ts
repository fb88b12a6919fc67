import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { ask, askToSign, FREE_PORTS, keypairOf } from './stm.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const SEEDED = [
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ec-p256',
  'ec-p384',
  'ec-p521',
  'my-key',
  'my-rsa-4096-key',
  'My-Key',
  'no-st',
]
/** Members as recorded from the real service. */
const KEYPAIR_MEMBERS = [
  'id',
  'alias',
  'key_size',
  'key_alg',
  'key_type',
  'key_storage',
  'public_key',
  'certificates',
  'account',
  'limit_by_users',
  'users',
  'created_on',
  'created_by_user',
  'modified_on',
  'modified_by_user',
  'key_status',
  'groups',
  'number_of_active_certificates',
  'key_modal_type',
  'is_signable_by_me',
  'hsm_partition_details',
]
const CERTIFICATE_MEMBERS = [
  'id',
  'alias',
  'cert',
  'certificate_fingerprint',
  'certificate_status',
  'account',
  'keypair',
  'default_cert',
  'created_on',
  'created_by',
  'created_by_user',
  'modified_on',
  'modified_by',
  'modified_by_user',
  'enrollment_method',
  'hierarchy',
  'certificate_type',
  'certificate_profile',
  'organization',
  'ca_certificate',
  'chain',
  'valid_from',
  'valid_to',
  'auto_renewal',
]

describe('the API', () => {
  let emulator: RunningEmulator
  beforeAll(async () => {
    emulator = await startEmulator(FREE_PORTS)
  })
  afterAll(() => emulator.close())

  test('GET keypairs answers a page of the seeded keypairs', async () => {
    const { status, json } = await ask(emulator, '/keypairs?limit=100')
    expect(status).toBe(200)
    expect(Object.keys(json)).toEqual(['total', 'offset', 'limit', 'items'])
    const aliases = json.items?.map((item) => item.alias)
    expect(aliases).toEqual(expect.arrayContaining(SEEDED))
    expect(json).toMatchObject({ total: aliases?.length, offset: 0, limit: 100 })
  })

  test('GET keypairs pages by offset and limit, 20 when nothing is said', async () => {
    expect((await ask(emulator, '/keypairs')).json.limit).toBe(20)
    const all = (await ask(emulator, '/keypairs?limit=100')).json
    const page = (await ask(emulator, '/keypairs?offset=2&limit=3')).json
    expect(page).toMatchObject({ total: all.total, offset: 2, limit: 3 })
    expect(page.items).toEqual(all.items?.slice(2, 5))
    expect((await ask(emulator, '/keypairs?offset=1000')).json.items).toEqual([])
  })

  test.each([
    ['alias=my-key', ['my-key']],
    ['alias=My-Key', ['My-Key']],
    ['alias=MY-KEY', []],
    ['alias=my', []],
    ['key_alg=ECDSA&curve=P384', ['ec-p384']],
    ['key_alg=RSA&key_size=4096', ['rsa-4096', 'my-rsa-4096-key']],
    ['key_status=OFFLINE', ['offline-key']],
    ['alias=my-key&key_alg=ECDSA', []],
    ['alias=my-key&what_nobody_knows=1', ['my-key']],
  ])('GET keypairs?%s finds %j', async (query, aliases) => {
    const { status, json } = await ask(emulator, `/keypairs?${query}`)
    expect(status).toBe(200)
    expect(json.items?.map((item) => item.alias)).toEqual(aliases)
    expect(json.total).toBe(aliases.length)
  })

  test('GET keypairs?id finds the one keypair', async () => {
    const { id } = keypairOf(emulator, 'rsa-3072')
    const { json } = await ask(emulator, `/keypairs?id=${id}`)
    expect(json.items?.map((item) => item.alias)).toEqual(['rsa-3072'])
  })

  test('GET keypairs/{id} answers a bare object with the members of the real service', async () => {
    const { id } = keypairOf(emulator, 'rsa-3072')
    const { status, headers, json } = await ask(emulator, `/keypairs/${id}`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(Object.keys(json).toSorted()).toEqual(KEYPAIR_MEMBERS.toSorted())
    expect(json).toMatchObject({
      id: expect.stringMatching(UUID),
      alias: 'rsa-3072',
      key_size: 3072,
      key_alg: 'RSA',
      key_type: 'PRODUCTION',
      key_storage: 'HSM',
      limit_by_users: false,
      created_on: expect.stringMatching(INSTANT),
      created_by_user: { id: expect.stringMatching(UUID), auth_type: 'BASIC' },
      key_status: 'ONLINE',
      groups: [],
      number_of_active_certificates: 1,
      key_modal_type: 'STATIC',
      is_signable_by_me: true,
      hsm_partition_details: { enabled: true, account_assignments: null },
    })
    expect(Object.keys(json.account ?? {})).toHaveLength(6)
  })

  test('GET keypairs/{id} names a curve instead of a size for other keys than RSA', async () => {
    const { id } = keypairOf(emulator, 'ec-p521')
    const { json } = await ask(emulator, `/keypairs/${id}`)
    expect(json).toMatchObject({ curve: 'P521', key_alg: 'ECDSA' })
    expect(json).not.toHaveProperty('key_size')
  })

  test('lists show accounts, users and certificates in their shorter form', async () => {
    const [item] = (await ask(emulator, '/certificates?alias=rsa-3072')).json.items ?? []
    expect(Object.keys(item ?? {}).toSorted()).toEqual(CERTIFICATE_MEMBERS.toSorted())
    expect(Object.keys(item?.account ?? {})).toEqual([
      'id',
      'name',
      'cert_central_integration_allowed',
    ])
    expect(item?.created_by_user).not.toHaveProperty('auth_type')
    const single = (await ask(emulator, `/certificates/${item?.id}`)).json
    expect(Object.keys(single).toSorted()).toEqual(
      [...CERTIFICATE_MEMBERS, 'custom_fields'].toSorted(),
    )
    expect(single.created_by_user).toHaveProperty('auth_type', 'BASIC')
  })

  test('GET certificates/{id} holds leaf, fingerprint and chain from intermediate to root', async () => {
    const [item] = (await ask(emulator, '/certificates?alias=ec-p256')).json.items ?? []
    const leaf = new X509Certificate(Buffer.from(item?.cert ?? '', 'base64'))
    expect(item).toMatchObject({
      certificate_fingerprint: createHash('sha256').update(leaf.raw).digest('base64'),
      certificate_status: 'ACTIVE',
      default_cert: true,
      keypair: { id: keypairOf(emulator, 'ec-p256').id, alias: 'ec-p256' },
      valid_from: expect.stringMatching(INSTANT),
    })
    expect(Date.parse(item?.valid_to ?? '')).toBe(Date.parse(leaf.validTo))
    expect(item?.chain?.map((entry) => entry.cert_type)).toEqual(['intermediate', 'root'])
    const [intermediate, root] =
      item?.chain?.map((entry) => new X509Certificate(Buffer.from(entry.blob, 'base64'))) ?? []
    expect(intermediate && leaf.verify(intermediate.publicKey)).toBe(true)
    expect(root && intermediate?.verify(root.publicKey)).toBe(true)
    expect(root?.toString()).toBe(emulator.signingRootPem)
  })

  test.each([
    ['alias=my-key', ['my-key']],
    ['alias=nobody', []],
    ['alias=renewed-key&certificate_status=ACTIVE', ['renewed-key']],
    ['alias=renewed-key', ['renewed-key', 'renewed-key']],
    ['alias=expired-key&limit=100&certificate_status=ACTIVE', []],
  ])('GET certificates?%s finds those of %j', async (query, aliases) => {
    const { status, json } = await ask(emulator, `/certificates?${query}`)
    expect(status).toBe(200)
    expect(json.items?.map((item) => item.keypair?.alias)).toEqual(aliases)
  })

  test('GET certificates?id finds the one certificate', async () => {
    const [item] = (await ask(emulator, '/certificates?alias=my-key')).json.items ?? []
    const { json } = await ask(emulator, `/certificates?id=${item?.id}`)
    expect(json.items).toEqual([item])
  })

  test('each keypair has at most one default certificate', async () => {
    const { json } = await ask(emulator, '/keypairs?limit=100')
    for (const item of json.items ?? [])
      expect(item.certificates?.filter((certificate) => certificate.default_cert)).toHaveLength(1)
  })

  test('no-st is the guide’s subject to the letter, all others name C, ST, L, O and CN', async () => {
    const subject = (alias: string) =>
      new X509Certificate(keypairOf(emulator, alias).certificates[0] ?? '').subject
    expect(subject('no-st')).toBe('C=US\nO=My Org\nCN=My Signing Cert')
    for (const alias of SEEDED.filter((candidate) => candidate !== 'no-st'))
      expect(subject(alias)).toBe(`C=US\nST=Utah\nL=Lehi\nO=STM Emulator\nCN=${alias}`)
  })

  test('POST keypairs/{id}/sign answers id and signature, and takes members nobody knows', async () => {
    const digest = createHash('sha256').update('x').digest('base64')
    const { id } = keypairOf(emulator, 'rsa-2048')
    const answer = await ask(emulator, `/keypairs/${id}/sign`, {
      method: 'POST',
      body: {
        account: { id: 'echoed', name: 'as clients do' },
        sig_alg: 'SHA256withRSA',
        hash: digest,
        metadata: [{ type: 'Checksum' }],
      },
    })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      id: expect.stringMatching(UUID),
      signature: expect.stringMatching(/^[A-Za-z0-9+/]{342}==$/),
    })
  })

  test('GET signatures/{id} gives back what was signed', async () => {
    const signed = (await askToSign(emulator, 'ec-p256', 'SHA256withECDSA')).json
    const { status, json } = await ask(emulator, `/signatures/${signed.id}`)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      id: signed.id,
      signature: signed.signature,
      sig_alg: 'SHA256withECDSA',
      keypair: { id: keypairOf(emulator, 'ec-p256').id },
    })
  })

  test('POST keypairs creates a keypair without a certificate', async () => {
    const { status, json } = await ask(emulator, '/keypairs', {
      method: 'POST',
      body: { alias: 'created-1', key_alg: 'ECDSA', curve: 'P384', key_type: 'TEST' },
    })
    expect(status).toBe(201)
    expect(json).toMatchObject({ alias: 'created-1', curve: 'P384', key_type: 'TEST' })
    expect(json.certificates).toEqual([])
    expect((await ask(emulator, '/keypairs?alias=created-1')).json.total).toBe(1)
    expect((await askToSign(emulator, 'created-1', 'SHA384withECDSA')).status).toBe(200)
  })

  test('POST keypairs issues a default certificate where asked', async () => {
    const { json } = await ask(emulator, '/keypairs', {
      method: 'POST',
      body: { alias: 'created-2', key_alg: 'RSA', key_size: 2048, generate_cert: true },
    })
    expect(json.key_size).toBe(2048)
    expect(json.certificates?.map(({ alias, default_cert }) => ({ alias, default_cert }))).toEqual([
      { alias: 'created-2', default_cert: true },
    ])
  })

  test('GET /account/api/v1/user/me answers the user of the API key', async () => {
    const { status, json } = await ask(emulator, '/account/api/v1/user/me')
    expect(status).toBe(200)
    expect(json).toMatchObject({ id: expect.stringMatching(UUID), username: 'emulated-user' })
  })

  test('requests are journalled with operation and status, in their order', async () => {
    const before = emulator.requests.length
    await ask(emulator, '/keypairs?alias=my-key')
    await askToSign(emulator, 'my-key', 'SHA256withRSA', { isTwoFactor: false })
    await ask(emulator, '/nowhere')
    expect(emulator.requests.slice(before)).toEqual([
      {
        method: 'GET',
        path: '/signingmanager/api/v1/keypairs?alias=my-key',
        operation: 'list-keypairs',
        status: 200,
      },
      expect.objectContaining({ method: 'POST', operation: 'sign', status: 403 }),
      expect.objectContaining({ operation: 'unknown', status: 404 }),
    ])
  })
})
