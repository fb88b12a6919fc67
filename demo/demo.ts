// npm run demo: signs an image with a key that lives in the emulated Software Trust Manager, verifies it
// against a trust policy, shows each step, and ends.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BASE_PATH } from '../emulator/app.ts'
import { type ApiClient, createApiClient, type VerifyAnswer } from './api-client.ts'
import { pushImage } from './image.ts'
import { findNotation, setUpNotation } from './notation.ts'
import { FREE_PORTS, REPOSITORY, type Stack, startStack } from './stack.ts'
import { createSteps, type Steps } from './steps.ts'

const KEY = 'my-key'

const folder = await mkdtemp(join(tmpdir(), 'notation-digicert-stm-demo-'))
const steps = createSteps((line) => process.stdout.write(`${line}\n`))
try {
  steps.line('Sign a container image with a key held in Software Trust Manager, and verify it.')
  await showAll(steps)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function showAll(steps: Steps): Promise<void> {
  steps.step('Start the local stack: no DigiCert account is needed')
  const stack = await startStack(folder, FREE_PORTS, () => {})
  try {
    steps.fact(
      'Software Trust Manager',
      `${stack.emulator.url} (emulated; API key and client certificate asked for)`,
    )
    steps.fact('Timestamp authority', stack.emulator.tsaUrl)
    steps.fact('OCSP and CRLs', stack.emulator.revocationUrl ?? 'none')
    steps.fact('Registry', `${stack.registry.host} (in memory)`)
    steps.fact('API', stack.api.url)
    await showApi(stack, createApiClient(stack), steps)
    await showNotation(stack, steps)
  } finally {
    await stack.close()
  }
  steps.line()
  steps.line('Done; nothing is left running. "npm start" brings the same stack up and keeps it.')
}

async function showApi(stack: Stack, api: ApiClient, steps: Steps): Promise<void> {
  const image = await pushImage(stack.registry.host, REPOSITORY, 'v1')
  steps.step(`Push an image`)
  steps.fact('Image', image.reference)
  steps.fact('Digest', image.digest)

  steps.step('Verify it before anyone signed')
  const before = await api.verify(image.reference)
  expectVerdict(before.verified, false)
  steps.proven(`rejected: ${before.message ?? 'no reason given'}`)

  steps.step(`Sign it with the key "${KEY}": POST /v1/sign`)
  const signed = await api.sign(image.reference, KEY)
  steps.fact('Requests to STM', stmRequests(stack))
  steps.fact(
    'Envelope',
    `${signed.signature.mediaType}, ${Buffer.from(signed.signature.envelope, 'base64').length} bytes`,
  )
  steps.fact('Signature manifest', signed.signature.manifestDigest ?? '')
  steps.proven(
    'the digest was signed in STM; the signature was verified against the leaf certificate, timestamped, and pushed as a referrer',
  )

  steps.step('Verify it against the trust policy: POST /v1/verify')
  const asked = stack.emulator.requests.length
  const after = await api.verify(image.reference)
  expectVerdict(after.verified, true)
  for (const signature of after.signatures) {
    steps.fact('Signed by', signature.signer?.subject ?? '')
    for (const check of signature.checks)
      steps.fact(check.type, `${check.result} (${check.action})`)
  }
  steps.fact('Asked by OCSP', ocspResponders(stack, asked))
  steps.proven(`verified by statement "${after.policy?.statement}", level ${after.policy?.level}`)

  steps.step('Revoke the signing certificate, and verify again')
  await stack.emulator.setRevocation({ alias: KEY, state: 'revoked', reason: 'keyCompromise' })
  const revoked = await api.verify(image.reference)
  expectVerdict(revoked.verified, false)
  steps.proven(`rejected: ${failedCheck(revoked)}`)
  await stack.emulator.setRevocation({ alias: KEY, state: 'good' })

  steps.step('Offer the same signature for another image')
  const other = await pushImage(stack.registry.host, REPOSITORY, 'other')
  const forged = await api.verifyEnvelope(other, signed.signature)
  expectVerdict(forged.verified, false)
  steps.proven(`rejected: ${failedCheck(forged)}`)
}

async function showNotation(stack: Stack, steps: Steps): Promise<void> {
  const version = await findNotation()
  if (version === undefined) {
    steps.line()
    steps.line(
      'The notation CLI is not on PATH: its part of the demo is left out. With it, the plugin signs too.',
    )
    return
  }
  steps.step(`Sign another image with the notation CLI ${version} and the plugin`)
  const notation = await setUpNotation(stack)
  const image = await pushImage(stack.registry.host, REPOSITORY, 'v2')
  const timestamp = [
    '--timestamp-url',
    stack.emulator.tsaUrl,
    '--timestamp-root-cert',
    join(stack.folder, 'stm', 'tsa-root.pem'),
  ]
  const insecure = '--insecure-registry'
  steps.fact('$', `notation sign --plugin digicert-stm --id ${KEY} ${image.reference}`)
  steps.proven(
    await notation(
      'sign',
      '--plugin',
      'digicert-stm',
      '--id',
      KEY,
      ...timestamp,
      insecure,
      image.digestReference,
    ),
  )
  steps.fact('$', `notation verify ${image.reference}`)
  steps.proven(await notation('verify', insecure, image.digestReference))
  const verdict = await createApiClient(stack).verify(image.digestReference)
  expectVerdict(verdict.verified, true)
  steps.proven('POST /v1/verify gives the same verdict on it')
}

function expectVerdict(found: boolean, wanted: boolean): void {
  if (found !== wanted)
    throw new Error(
      `Cannot go on: the verdict is ${found ? 'verified' : 'rejected'}, which must not be`,
    )
}

function failedCheck({ signatures: [signature] }: VerifyAnswer): string {
  const failed = signature?.checks.find((check) => check.result === 'failed')
  return `${failed?.type}: ${failed?.message}`
}

/** Names of the authorities whose responders were asked from a request on. */
function ocspResponders({ emulator }: Stack, from: number): string {
  const asked = emulator.requests
    .slice(from)
    .map(({ path }) => /^\/ocsp\/([a-z-]+)/.exec(path)?.[1])
  return asked.filter((name) => name !== undefined).join(', ')
}

function stmRequests(stack: Stack): string {
  const requests = stack.emulator.requests.filter(({ path }) => path.startsWith(BASE_PATH))
  return requests.map(({ method, operation }) => `${method} ${operation}`).join(', then ')
}
