// ECDSA signatures between their two forms: DER SEQUENCE { r, s } as certificates, CMS and STM carry
// them (RFC 3279 §2.2.3), fixed width r‖s as JWS, COSE and WebCrypto do (RFC 7518 §3.4).

import { DER_TAG, type DerReader, parseDer } from './der.ts'
import { encodeSequence, encodeUnsignedInteger } from './der-encode.ts'

const SOURCE = { code: 'encoding-invalid', object: 'ECDSA signature' } as const

/**
 * r‖s of a DER signature.
 *
 * @param coordinateBytes - width of each half: 32, 48 or 66 (COORDINATE_BYTES of the curve)
 * @throws {NotationError} `encoding-invalid` when it is not DER, or r or s is zero or does not fit
 */
export function toRawSignature(der: Uint8Array, coordinateBytes: number): Uint8Array {
  return parseDer(der, SOURCE, (reader) =>
    reader.inside(DER_TAG.sequence, () => {
      const raw = new Uint8Array(2 * coordinateBytes)
      writeHalf(reader, raw.subarray(0, coordinateBytes))
      writeHalf(reader, raw.subarray(coordinateBytes))
      return raw
    }),
  )
}

/** DER of r‖s, whose halves are equally long. */
export function toDerSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2
  return encodeSequence(
    encodeUnsignedInteger(raw.subarray(0, half)),
    encodeUnsignedInteger(raw.subarray(half)),
  )
}

function writeHalf(reader: DerReader, half: Uint8Array): void {
  const content = reader.readUnsignedInteger()
  const magnitude = content[0] === 0 ? content.subarray(1) : content
  if (magnitude.length === 0) throw reader.malformed('one of its numbers is zero')
  if (magnitude.length > half.length)
    throw reader.malformed(
      `one of its numbers takes ${magnitude.length} bytes, wanted at most ${half.length}`,
    )
  half.set(magnitude, half.length - magnitude.length)
}
