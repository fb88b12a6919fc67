// An emulator with revocation responders, its certificates as files, and OpenSSL, which judges what the
// responders answer.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../../emulator/start.ts'
import { FREE_PORTS } from './stm.ts'

/** What a test needs. */
export interface RevocationPeer {
  readonly emulator: RunningEmulator
  /** Holds ALIAS.pem of each keypair, ROLE.pem of each authority, and anchors.pem with all authorities. */
  readonly folder: string
  /** Runs OpenSSL in the folder; what it printed on both streams. */
  openssl(...args: readonly string[]): string
  /** An OCSP request for a certificate, by the names of the files. */
  ocspRequest(
    certificate: string,
    issuer: string,
    ...flags: readonly string[]
  ): Uint8Array<ArrayBuffer>
  close(): Promise<void>
}

/** Roles whose certificates are issuers of others. */
const AUTHORITY_ROLES = [
  'signingRoot',
  'signingIntermediate',
  'tsaRoot',
  'tsaIntermediate',
  'crossRoot',
]

interface StateDocument {
  readonly hierarchy: Readonly<Record<string, { readonly certificate: string } | string>>
}

/** Starts an emulator with responders on a free port and lays out its certificates. */
export async function startRevocationPeer(options: EmulatorOptions = {}): Promise<RevocationPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-revocation-'))
  const ports = { ...FREE_PORTS, revocationPort: 0 }
  const emulator = await startEmulator({ ...ports, stateDir: join(folder, 'stm'), ...options })
  layOut(folder, emulator)
  const openssl: RevocationPeer['openssl'] = (...args) => {
    const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
    if (status === 0) return stdout + stderr
    throw new Error(`openssl ${args[0]} ended with ${status}: ${stdout}${stderr}`)
  }
  return {
    emulator,
    folder,
    openssl,
    ocspRequest(certificate, issuer, ...flags) {
      const asked = ['-issuer', `${issuer}.pem`, '-cert', `${certificate}.pem`]
      openssl('ocsp', ...flags, ...asked, '-reqout', 'request.der')
      return new Uint8Array(readFileSync(join(folder, 'request.der')))
    },
    async close() {
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function layOut(folder: string, { keypairs }: RunningEmulator): void {
  const state = readFileSync(join(folder, 'stm', 'state.json'), 'utf8')
  const { hierarchy } = JSON.parse(state) as StateDocument
  const authorities = Object.entries(hierarchy).map(([role, value]) => {
    const base64 = typeof value === 'string' ? value : value.certificate
    return [role, Buffer.from(base64, 'base64')] as const
  })
  const leaves = keypairs.flatMap(({ alias, certificates: [leaf] }) =>
    leaf === undefined ? [] : [[alias, leaf] as const],
  )
  for (const [name, der] of [...authorities, ...leaves])
    writeFileSync(join(folder, `${name}.pem`), pemOf(der))
  const anchors = authorities.filter(([role]) => AUTHORITY_ROLES.includes(role))
  writeFileSync(join(folder, 'anchors.pem'), anchors.map(([, der]) => pemOf(der)).join(''))
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
