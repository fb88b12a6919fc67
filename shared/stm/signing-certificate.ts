// Which certificate speaks for a keypair, and its chain up to the self-signed root.

import { KEY_SPEC_ENTRIES, type KeySpecEntry } from '../algorithm.ts'
import { equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { type Certificate, parseCertificate } from '../x509/certificate.ts'
import { isSelfSigned, orderChain } from '../x509/chain.ts'
import { keySpecOfCertificate } from '../x509/key-spec.ts'
import { formatName } from '../x509/name.ts'
import { verifyCodeSigningChain } from '../x509/requirements.ts'
import { answerInvalid } from './fields.ts'
import { oneLine } from './problem-body.ts'
import { decodeWireBase64, type Keypair, type KeypairCertificate } from './wire.ts'

/** A leaf that is valid and belongs to the key, with the entry of its key spec. */
export interface SigningCertificate {
  readonly leaf: Certificate
  readonly entry: KeySpecEntry
  /** Those that the service sent with it, not in order, not checked. */
  readonly others: readonly Certificate[]
}

/** A certificate as the service sends it, with its leaf read. */
interface ReadCertificate {
  readonly item: KeypairCertificate
  readonly leaf: Certificate
}

const ACTIVE = 'ACTIVE'

/**
 * The certificate to sign with: the default one if it is active and valid, else the newest that is.
 *
 * @returns undefined when the keypair, as given, has no active certificate
 * @throws {NotationError} `key-unsupported` | `chain-invalid` when all have expired or none has begun |
 *   `signer-answer-invalid` when it is malformed or of another key
 */
export function chooseCertificate(keypair: Keypair, at: Date): SigningCertificate | undefined {
  const active = keypair.certificates.filter(isActive)
  if (active.length === 0) return undefined
  // The default certificate is nearly always the one: the others are then not even read.
  const isDefault = ({ isDefault }: KeypairCertificate): boolean => isDefault
  const chosen =
    active.filter(isDefault).map(readLeaf).find(isValidAt(at)) ??
    newestValid(active.map(readLeaf), at)
  if (chosen === undefined) throw outOfValidity(keypair, active.map(readLeaf), at)
  const { leaf, item } = chosen
  requireSameKey(keypair, leaf)
  const others = item.chain.map((blob) => parseWireCertificate(blob, 'chain'))
  return { leaf, entry: keySpecOf(keypair, leaf), others }
}

/**
 * The chain of a certificate, leaf first.
 *
 * @param extra - certificates that may stand for what the service leaves out, such as its root
 * @returns undefined when it does not reach a self-signed root
 */
export async function completeChain(
  certificate: SigningCertificate,
  extra: readonly Certificate[],
  crypto: Crypto,
): Promise<readonly Certificate[] | undefined> {
  const chain = await orderChain(certificate.leaf, [...certificate.others, ...extra], crypto)
  const last = chain.at(-1)
  return last !== undefined && (await isSelfSigned(last, crypto)) ? chain : undefined
}

/**
 * Verifies a chain against the Notary Project's certificate rules, now.
 *
 * @throws {NotationError} `chain-invalid`
 */
export async function verifyChain(
  keypair: Keypair,
  chain: readonly Certificate[],
  crypto: Crypto,
  at: Date,
): Promise<void> {
  try {
    await verifyCodeSigningChain(chain, crypto, at)
  } catch (cause) {
    if (!isNotationError(cause, 'chain-invalid', 'key-unsupported')) throw cause
    throw new NotationError(cause.code, `${unfit(keypair)}: ${cause.message}`, { cause })
  }
}

/** The error for a chain that ends below its root. */
export function incompleteChain(keypair: Keypair, certificate: SigningCertificate): NotationError {
  return new NotationError(
    'chain-invalid',
    `${unfit(keypair)}: the certificate chain that Software Trust Manager gives for "${formatName(certificate.leaf.subject)}" does not end in a self-signed root; put the missing certificates into a PEM file and name it with --plugin-config ca_certs=FILE`,
  )
}

/** The error for a keypair without a certificate to sign with. */
export function noCertificate(keypair: Keypair): NotationError {
  const statuses = [
    ...new Set(keypair.certificates.map(({ status }) => oneLine(status ?? 'unknown'))),
  ]
  const found =
    statuses.length === 0
      ? 'it has no active certificate that you may see'
      : `it has no active certificate (found: ${statuses.join(', ')})`
  return new NotationError(
    'key-unsupported',
    `${unfit(keypair)}: ${found}; issue one for it in Software Trust Manager, and check that the API key has the permission "View certificate"`,
  )
}

function isActive({ status, leaf }: KeypairCertificate): boolean {
  return leaf !== undefined && (status === undefined || status.toUpperCase() === ACTIVE)
}

function readLeaf(item: KeypairCertificate): ReadCertificate {
  return { item, leaf: parseWireCertificate(item.leaf ?? '', 'cert') }
}

function isValidAt(at: Date): (certificate: ReadCertificate) => boolean {
  return ({ leaf }) => at >= leaf.notBefore && at <= leaf.notAfter
}

function newestValid(
  certificates: readonly ReadCertificate[],
  at: Date,
): ReadCertificate | undefined {
  return certificates
    .filter(isValidAt(at))
    .toSorted((a, b) => b.leaf.notBefore.getTime() - a.leaf.notBefore.getTime())[0]
}

function parseWireCertificate(text: string, what: string): Certificate {
  const der = decodeWireBase64(text, what)
  try {
    return parseCertificate(der)
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw answerInvalid(`its "${what}" is not a certificate: ${cause.message}`, cause)
  }
}

function requireSameKey(keypair: Keypair, leaf: Certificate): void {
  if (keypair.publicKey === undefined) return
  if (equalBytes(decodeWireBase64(keypair.publicKey, 'public_key'), leaf.spki)) return
  throw answerInvalid(
    `the certificate "${formatName(leaf.subject)}" is not for the key of keypair ${JSON.stringify(keypair.alias)}`,
  )
}

function keySpecOf(keypair: Keypair, leaf: Certificate): KeySpecEntry {
  try {
    return keySpecOfCertificate(leaf)
  } catch (cause) {
    if (!isNotationError(cause, 'key-unsupported')) throw cause
    const known = KEY_SPEC_ENTRIES.map(({ keySpec }) => keySpec).join(', ')
    throw new NotationError(
      cause.code,
      `${unfit(keypair)}: ${cause.message}; the Notary Project signs with ${known}`,
      { cause },
    )
  }
}

function outOfValidity(
  keypair: Keypair,
  certificates: readonly ReadCertificate[],
  at: Date,
): NotationError {
  const [last] = certificates
    .map(({ leaf }) => leaf)
    .toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime())
  const found =
    last === undefined
      ? 'no certificate is valid now'
      : last.notAfter < at
        ? `its certificate "${formatName(last.subject)}" expired on ${last.notAfter.toISOString()}`
        : `its certificate "${formatName(last.subject)}" is not valid before ${last.notBefore.toISOString()}`
  return new NotationError(
    'chain-invalid',
    `${unfit(keypair)}: ${found}; renew it in Software Trust Manager, or check this machine's clock`,
  )
}

function unfit(keypair: Keypair): string {
  return `Cannot sign with keypair ${JSON.stringify(keypair.alias)}`
}
