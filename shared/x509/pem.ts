// Certificates from files: PEM (RFC 7468) with any number of CERTIFICATE blocks, or DER values one
// after another. Text around PEM blocks is skipped; blocks of other kinds are refused.

import { decodeBase64, encodeBase64 } from '../base64.ts'
import { DER_TAG, DerReader } from '../der.ts'
import { isNotationError, NotationError } from '../errors.ts'

const CERTIFICATE_LABEL = 'CERTIFICATE'
/** RFC 7468 §2: 64 characters a line. */
const LINE_CHARACTERS = 64
const BLOCK = /-----BEGIN ([^\r\n]*?)-----([^-]*)-----END ([^\r\n]*?)-----/g
const SOURCE = { code: 'certificate-malformed', object: 'certificates' } as const

/**
 * DER of every certificate in a file, in order; at least one.
 *
 * The certificates themselves are not read: see parseCertificate.
 *
 * @throws {NotationError} `certificate-malformed` when there is none, or a block is broken or of another kind
 */
export function parseCertificatesPemOrDer(bytes: Uint8Array): readonly Uint8Array[] {
  const certificates = bytes[0] === DER_TAG.sequence ? splitDer(bytes) : parsePem(bytes)
  if (certificates.length === 0)
    throw malformed(
      'found neither a PEM block CERTIFICATE nor DER, wanted at least one certificate',
    )
  return certificates
}

/** One PEM block, ending in a line break. */
export function encodePem(label: string, der: Uint8Array): string {
  const text = encodeBase64(der)
  let lines = ''
  for (let i = 0; i < text.length; i += LINE_CHARACTERS)
    lines += `${text.slice(i, i + LINE_CHARACTERS)}\n`
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`
}

function splitDer(bytes: Uint8Array): readonly Uint8Array[] {
  const der = new DerReader(bytes, SOURCE)
  const certificates: Uint8Array[] = []
  while (!der.isAtEnd) certificates.push(der.readRaw(DER_TAG.sequence))
  return certificates
}

function parsePem(bytes: Uint8Array): readonly Uint8Array[] {
  // Latin-1: text around the blocks may be anything, and within them only ASCII passes.
  const text = new TextDecoder('latin1').decode(bytes)
  const blocks = [...text.matchAll(BLOCK)]
  if (blocks.length !== text.split('-----BEGIN ').length - 1)
    throw malformed('a PEM block has no matching end')
  return blocks.map(([, label, body, endLabel]) =>
    parseBlock(label ?? '', body ?? '', endLabel ?? ''),
  )
}

function parseBlock(label: string, body: string, endLabel: string): Uint8Array {
  if (label !== endLabel) throw malformed('a PEM block has no matching end')
  if (label !== CERTIFICATE_LABEL)
    throw malformed(`found a PEM block ${JSON.stringify(label)}, wanted ${CERTIFICATE_LABEL} only`)
  try {
    return decodeBase64(body.replace(/\s/g, ''))
  } catch (cause) {
    if (isNotationError(cause)) throw malformed('a PEM block is not base64', cause)
    throw cause
  }
}

function malformed(found: string, cause?: unknown): NotationError {
  return new NotationError(SOURCE.code, `Cannot read certificates: ${found}`, { cause })
}
