// Keys that signers of one service share.

import { expect, it } from 'vitest'
import { toDerSignature } from '../../../shared/ecdsa.ts'
import {
  createStmSigner,
  KNOWN_KEY_MAX_AGE_MS,
  type KnownKeys,
} from '../../../shared/stm/signer.ts'
import { AT, buildChain } from '../../support/certificates.ts'
import { localSigner } from '../../support/local-signer.ts'
import {
  base64,
  json,
  keypair,
  page,
  type Reply,
  scriptedService,
  text,
} from './scripted-service.ts'

const MESSAGE = Buffer.from('a message', 'utf8')
const CHAIN = buildChain({})
const LISTED = page([keypair(CHAIN)])
const LOOK_UP = 'GET /keypairs?alias=my-key&limit=100'

async function signed(): Promise<Reply> {
  const signature = await localSigner(CHAIN).signMessage('', MESSAGE)
  return json({ id: 'sig-1', signature: base64(toDerSignature(signature)) })
}

it('signMessage() looks no key up that another signer knows', async () => {
  const knownKeys: KnownKeys = new Map()
  const service = scriptedService([LISTED, await signed()], { knownKeys })
  for (let i = 0; i < 3; i++) {
    const signer = createStmSigner(service.options)
    await signer.describeKey('my-key')
    await signer.signMessage('my-key', MESSAGE)
  }

  expect(service.asked.filter((asked) => asked === LOOK_UP)).toHaveLength(1)
  expect(service.asked).toHaveLength(4)
})

it('describeKey() looks a known key up again after its time, and finds its new certificate', async () => {
  const renewed = buildChain({})
  let now = AT
  const service = scriptedService([LISTED, page([keypair(renewed)])], {
    knownKeys: new Map(),
    now: () => now,
  })
  const describe = () => createStmSigner(service.options).describeKey('my-key')

  expect((await describe()).chain).toEqual(CHAIN.certificates)
  now = new Date(AT.getTime() + KNOWN_KEY_MAX_AGE_MS - 1)
  expect((await describe()).chain).toEqual(CHAIN.certificates)
  now = new Date(AT.getTime() + KNOWN_KEY_MAX_AGE_MS)
  expect((await describe()).chain).toEqual(renewed.certificates)
})

it('describeKey() remembers no failure', async () => {
  const service = scriptedService([text('', 404), text('', 404), LISTED], { knownKeys: new Map() })
  const describe = async () => createStmSigner(service.options).describeKey('my-key')

  await expect(describe()).rejects.toThrow()
  while (service.asked.length < 2) await describe().catch(() => undefined)
  await expect(describe()).resolves.toBeDefined()
})

it('signMessage() forgets a key that the service refuses to sign with', async () => {
  const service = scriptedService([LISTED, text('', 403), LISTED, await signed()], {
    knownKeys: new Map(),
  })
  const sign = async () => createStmSigner(service.options).signMessage('my-key', MESSAGE)

  await expect(sign()).rejects.toMatchObject({ code: 'signer-denied' })
  await sign()
  expect(service.asked.filter((asked) => asked === LOOK_UP)).toHaveLength(2)
})

it('describeKey() does not wait for ever for the look-up of another signer', async () => {
  const service = scriptedService([LISTED], { knownKeys: new Map() })
  const transport = () => new Promise<never>(() => {})
  // As an evicted Durable Object leaves it.
  void createStmSigner({ ...service.options, transport }).describeKey('my-key')

  const { chain } = await createStmSigner(service.options).describeKey('my-key')
  expect(chain).toEqual(CHAIN.certificates)
  expect(service.sleeps).toHaveLength(1)
})

it('describeKey() joins the look-up of another signer', async () => {
  const service = scriptedService([LISTED], { knownKeys: new Map() })
  const sleep = () => new Promise<never>(() => {})
  const describe = () => createStmSigner({ ...service.options, sleep }).describeKey('my-key')

  await Promise.all([describe(), describe(), describe()])
  expect(service.asked).toEqual([LOOK_UP])
})
