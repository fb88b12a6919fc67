import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { Agent, createServer, request as send } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PushedImage, pushImage } from '../../../demo/image.ts'
import { type RunningRegistry, startRegistry } from '../../../demo/registry/start.ts'
import { type RunningEmulator, startEmulator } from '../../../emulator/start.ts'
import { type ApiFolder, type ApiProcess, createApiFolder } from '../../support/api-process.ts'

const TOKEN = 'planted-token-of-the-ci-job'
const REPOSITORY = 'team/app'

describe('the API in a process', () => {
  let folder: ApiFolder
  let emulator: RunningEmulator
  let registry: RunningRegistry
  let api: ApiProcess
  let url: string

  beforeAll(async () => {
    folder = await createApiFolder()
    const stateDir = join(folder.path, 'stm')
    await mkdir(stateDir)
    emulator = await startEmulator({ port: 0, tsaPort: 0, controlPort: 0, stateDir })
    registry = await startRegistry()
    const notation = await writeNotationFolder()
    const CONFIG = await folder.write('config.json', configuration([registry.host]))
    api = folder.start({ ...emulator.environment, NOTATION_CONFIG: notation, CONFIG })
    url = await api.url
  })
  afterAll(async () => {
    await folder?.close()
    await registry?.close()
    await emulator?.close()
  })

  function configuration(hosts: readonly string[]): object {
    return {
      callers: [
        {
          name: 'ci',
          tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
          permissions: ['describe-key', 'sign', 'verify'],
          keys: ['*'],
          repositories: ['*'],
        },
      ],
      registries: hosts.map((host) => ({ host })),
      insecureRegistries: hosts,
      timestampAuthorities: [
        { name: 'emulator', url: emulator.tsaUrl, rootCertificates: [emulator.tsaRootPem] },
      ],
    }
  }

  /** As "notation cert add" and "notation policy import" leave it. */
  async function writeNotationFolder(): Promise<string> {
    const notation = join(folder.path, 'notation')
    for (const [type, pem] of [
      ['ca', emulator.signingRootPem],
      ['tsa', emulator.tsaRootPem],
    ] as const) {
      await mkdir(join(notation, 'truststore', 'x509', type, 'stm'), { recursive: true })
      await folder.write(join('notation', 'truststore', 'x509', type, 'stm', 'root.pem'), pem)
    }
    await folder.write(join('notation', 'trustpolicy.json'), {
      version: '1.0',
      trustPolicies: [
        {
          name: 'all',
          registryScopes: ['*'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:stm', 'tsa:stm'],
          trustedIdentities: ['x509.subject: C=US, ST=Utah, O=STM Emulator'],
        },
      ],
    })
    return notation
  }

  async function post(path: string, body: object, token: string | null = TOKEN): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    }
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  const push = (tag: string): Promise<PushedImage> => pushImage(registry.host, REPOSITORY, tag)

  test.each([
    ['rsa-3072', 'application/jose+json'],
    ['ec-p384', 'application/cose'],
  ])("signs with %s as %s, pushes, and verifies by notation's own trust policy", async (...row) => {
    const [keyId, signatureMediaType] = row
    const image = await push(keyId)
    const { reference } = image
    const asked = { reference, keyId, signatureMediaType, timestampAuthority: 'emulator' }
    const signed = await post('/v1/sign', asked)
    expect(signed.status, await signed.clone().text()).toBe(200)
    const { signature } = (await signed.json()) as { signature: { manifestDigest: string } }
    const verdict = await post('/v1/verify', { reference })
    expect(await verdict.json()).toMatchObject({
      verified: true,
      artifact: { reference: image.digestReference },
      policy: { statement: 'all' },
      signatures: [{ verified: true, digest: signature.manifestDigest }],
    })
    expect(api.lines()).toContainEqual(
      expect.objectContaining({
        event: 'sign',
        caller: 'ci',
        keyId,
        artifactDigest: image.digest,
        signatureId: expect.any(String),
        outcome: 'done',
      }),
    )
  })

  test('verifies an envelope for anyone, as it listens on the loopback interface', async () => {
    const { digestReference, mediaType, digest, size } = await push('envelope')
    const signed = await post('/v1/sign', {
      artifactReference: digestReference,
      descriptor: { mediaType, digest, size },
      keyId: 'my-key',
      timestampAuthority: 'emulator',
    })
    const { signature } = (await signed.json()) as { signature: object }
    const body = {
      artifactReference: digestReference,
      descriptor: { mediaType, digest, size },
      signature,
    }
    expect(await (await post('/v1/verify', body, null)).json()).toMatchObject({ verified: true })
  })

  test('a key that is not there is 404, and its name stands in the log alone', async () => {
    const answer = await post('/v1/describe-key', { contractVersion: '1.0', keyId: 'marker-9' })
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toContain('marker-9')
    expect(api.lines()).toContainEqual(
      expect.objectContaining({ keyId: 'marker-9', outcome: 'key-unknown' }),
    )
  })

  test.each(['Host: a b', 'Host: a/b'])('a request with "%s" is a problem too', async (host) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(`GET /livez HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`)
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"code":"request-invalid"')
  })

  test('a body above the limit is refused before it is sent whole', async () => {
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    const head = [
      'POST /v1/sign HTTP/1.1',
      'Host: api',
      `Authorization: Bearer ${TOKEN}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    const chunk = ' '.repeat(40_000)
    // Two chunks are above the limit; the end of the body is never sent.
    for (let i = 0; i < 2; i++) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    const answer = await new Promise<string>((resolve) => {
      socket.once('data', (bytes) => resolve(bytes.toString()))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
  })

  test('writes no secret to its log', async () => {
    const { ended } = api
    api.signal('SIGTERM')
    const { exitCode, stdout, stderr } = await ended
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    for (const secret of [TOKEN, emulator.apiKey, emulator.clientP12Password])
      expect(stdout).not.toContain(secret)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s finishes what runs, takes no more, and ends with 0',
    async (signal) => {
      const slow = await startSlowRegistry()
      const CONFIG = await folder.write('slow.json', configuration([slow.host]))
      const NOTATION_CONFIG = join(folder.path, 'notation')
      const ending = folder.start({ NOTATION_CONFIG, CONFIG })
      const { port } = new URL(await ending.url)
      const running = postKept(Number(port), { reference: `${slow.host}/${REPOSITORY}:v1` })
      await slow.asked
      ending.signal(signal)
      while (await accepts(Number(port)));
      slow.answer()
      expect(await running).toBe(404)
      expect(await ending.ended).toMatchObject({ exitCode: 0, stderr: '' })
      await slow.close()
    },
  )

  /** A request on a connection that its client would keep. */
  function postKept(port: number, body: object): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const outgoing = send(
        {
          port,
          host: '127.0.0.1',
          path: '/v1/verify',
          method: 'POST',
          agent: new Agent({ keepAlive: true }),
          headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
        },
        (incoming) => {
          incoming.resume()
          resolve(incoming.statusCode)
        },
      )
      outgoing.on('error', reject)
      outgoing.end(JSON.stringify(body))
    })
  }
})

/** A registry that holds its answer to the first question, 404, back until it is told to. */
async function startSlowRegistry(): Promise<{
  readonly host: string
  readonly asked: Promise<void>
  answer(): void
  close(): Promise<void>
}> {
  let answer: () => void = () => {}
  let tell: () => void = () => {}
  const asked = new Promise<void>((resolve) => {
    tell = resolve
  })
  const server = createServer((_request, response) => {
    answer = () => response.writeHead(404).end()
    tell()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: () => answer(),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
