// Signatures of the real notation CLI: with the plugin and the emulated Software Trust Manager, and with a
// key that notation made itself.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandLine, openCommandLine } from '../../interop/command-line.ts'
import { peerPath } from '../../peers/peers.ts'
import { type FreshImage, pushFreshImage } from '../../support/images.ts'
import type { CaseSignature } from '../corpus-case.ts'
import { type Declared, type Definition, policy, rejected, VERIFIED } from '../definition.ts'

interface Signed {
  readonly title: string
  readonly keyId: string
  readonly flags?: readonly string[]
  readonly isStamped?: boolean
  /** How the emulated service misbehaves, or what its authorities send. */
  readonly profile?: 'tsa-cross-signed'
  readonly userMetadata?: Readonly<Record<string, string>>
  readonly declared?: Declared
}

const FORMATS = ['jws', 'cose'] as const
const KEYS = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384', 'ec-p521'] as const
const METADATA = ['--user-metadata', 'build=42', '--user-metadata', 'team=blue']

const SIGNATURES: readonly Signed[] = [
  ...KEYS.map((keyId) => ({ title: keyId, keyId })),
  ...KEYS.map((keyId) => ({ title: `${keyId} with a timestamp`, keyId, isStamped: true })),
  {
    title: 'a timestamp whose root is cross-signed',
    keyId: 'ec-p256',
    isStamped: true,
    profile: 'tsa-cross-signed',
  },
  {
    title: 'user metadata',
    keyId: 'ec-p256',
    flags: METADATA,
    userMetadata: { build: '42', team: 'blue' },
  },
  {
    title: 'other user metadata',
    keyId: 'ec-p256',
    flags: METADATA,
    userMetadata: { build: '43' },
    declared: rejected('integrity', 'metadata-mismatch'),
  },
  { title: 'a long expiry', keyId: 'ec-p256', flags: ['--expiry', '800000h'] },
  {
    title: 'expired',
    keyId: 'ec-p256',
    flags: ['--expiry', '1s'],
    declared: rejected('expiry', 'signature-expired'),
  },
]

/** What notation signs, in both formats. */
export async function commandLine(): Promise<readonly Definition[]> {
  const cli = await openCommandLine(peerPath('notation'))
  try {
    const made: Definition[] = []
    for (const format of FORMATS) {
      for (const signed of SIGNATURES) made.push(await pluginCase(cli, signed, format))
      made.push(await ownKeyCase(cli, format))
    }
    // The signatures that expire after a second have.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    return made
  } finally {
    await cli.close()
  }
}

async function pluginCase(
  cli: CommandLine,
  { title, keyId, flags = [], userMetadata, declared = VERIFIED, ...signing }: Signed,
  format: string,
): Promise<Definition> {
  const { isStamped = false, profile = '' } = signing
  const { emulator, folder } = cli.stm
  emulator.setProfile(profile)
  const root = join(folder, 'tsa-root.pem')
  const stamping = ['--timestamp-url', emulator.tsaUrl, '--timestamp-root-cert', root]
  const all = ['--signature-format', format, ...flags, ...(isStamped ? stamping : [])]
  const { image, signed } = await cli.sign({ keyId, flags: all })
  if (signed.exitCode !== 0) throw new Error(`notation did not sign: ${signed.stderr}`)
  const tsaStore = isStamped ? { 'tsa:stm': [emulator.tsaRootPem] } : {}
  return {
    group: `command-line-${format}`,
    title,
    shows: ['signature-specification.md §Algorithm Selection'],
    origin: 'notation v1.3.2 with this plugin',
    bundle: {
      trustPolicy: policyWith(['ca:acme', ...Object.keys(tsaStore)], isStamped),
      trustStores: { 'ca:acme': [emulator.signingRootPem], ...tsaStore },
    },
    ...(await artifactOf(image)),
    ...(userMetadata === undefined ? {} : { userMetadata }),
    declared,
  }
}

/** A key that `notation cert generate-test` made, and its certificate, which signed itself. */
async function ownKeyCase(cli: CommandLine, format: string): Promise<Definition> {
  const { host } = (await cli.sign({ keyId: 'ec-p256' })).image
  const name = `own-${format}`
  await succeed(cli, ['cert', 'generate-test', name])
  const image = await pushFreshImage(host, 'interop/own')
  const flags = ['--signature-format', format, '--insecure-registry']
  await succeed(cli, ['sign', '--key', name, ...flags, image.reference])
  const certificate = join(cli.notation.folder, 'config', 'notation', 'localkeys', `${name}.crt`)
  return {
    group: `command-line-${format}`,
    title: 'a key of its own',
    shows: ['signature-specification.md §Algorithm Selection'],
    origin: 'notation v1.3.2 with its own key',
    bundle: {
      trustPolicy: policyWith(['ca:acme'], false),
      trustStores: { 'ca:acme': [await readFile(certificate, 'utf8')] },
    },
    ...(await artifactOf(image)),
    declared: VERIFIED,
  }
}

async function succeed(cli: CommandLine, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await cli.notation.run(args)
  if (exitCode !== 0) throw new Error(`notation ${args[0]} failed: ${stderr}`)
}

/** These certificates do not last to 2099: a timestamp vouches for them, or their time is logged only. */
function policyWith(trustStores: readonly string[], isStamped: boolean) {
  return policy({
    trustStores,
    ...(isStamped ? {} : { override: { authenticTimestamp: 'log' } }),
  })
}

interface Manifest {
  readonly layers: readonly { readonly mediaType: string; readonly digest: string }[]
}

/** The image under the repository that the policy names, with its one signature. */
async function artifactOf(image: FreshImage) {
  const { host, repository, digest, mediaType, size } = image
  const base = `http://${host}/v2/${repository}`
  const index = await json<{ manifests: readonly { digest: string }[] }>(
    `${base}/manifests/${digest.replace(':', '-')}`,
  )
  const manifest = await json<Manifest>(`${base}/manifests/${index.manifests[0]?.digest}`)
  const [layer] = manifest.layers
  if (layer === undefined) throw new Error('the signature manifest has no layer')
  const envelope = await (await fetch(`${base}/blobs/${layer.digest}`)).arrayBuffer()
  const signature: CaseSignature = {
    mediaType: layer.mediaType,
    envelope: Buffer.from(envelope).toString('base64'),
  }
  return {
    reference: `reg.io/app@${digest}`,
    descriptor: { mediaType, digest, size },
    signatures: [signature],
  }
}

async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return (await answer.json()) as T
}
