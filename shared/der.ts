// A strict reader of DER (ITU-T X.690): definite minimal lengths, minimal integers and object
// identifiers, canonical booleans, clean bit strings, nothing behind the last field.
// Left out: tags above 30 and REAL, which nothing here holds; the order of sets, as Go does.

import { decodeUtf8 } from './bytes.ts'
import { type ErrorCode, NotationError } from './errors.ts'
import { MAX_DER_DEPTH } from './limits.ts'

/** Identifier octets of the universal types that are read here. */
export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** Identifier octet of `[number] IMPLICIT` on a primitive type. */
export function primitiveTag(number: number): number {
  return 0x80 | number
}

/** Identifier octet of `[number] EXPLICIT`, or IMPLICIT on a sequence or set. */
export function constructedTag(number: number): number {
  return 0xa0 | number
}

/** What is read, for error messages: "Cannot read ‹object›: …" with this code. */
export interface DerSource {
  readonly code: ErrorCode
  readonly object: string
}

/**
 * Reads bytes that hold one DER value and nothing else.
 *
 * @param bytes - untrusted; what `read` keeps of them are views, not copies
 * @throws {NotationError} `source.code`
 */
export function parseDer<T>(bytes: Uint8Array, source: DerSource, read: (der: DerReader) => T): T {
  const der = new DerReader(bytes, source)
  const value = read(der)
  der.expectEnd()
  return value
}

/**
 * A cursor over DER bytes. Every method reads the next value and throws a NotationError of the source's code
 * when it is not of the type asked for, or not in DER. After a throw the cursor is of no further use.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  readonly #source: DerSource
  #offset = 0
  /** End of the constructed value that is being read. */
  #end: number
  #depth = 0

  constructor(bytes: Uint8Array, source: DerSource) {
    this.#bytes = bytes
    this.#source = source
    this.#end = bytes.length
  }

  /** True when the constructed value that is being read has no further part. */
  get isAtEnd(): boolean {
    return this.#offset === this.#end
  }

  /** True when a value with this identifier octet comes next. */
  isNext(tag: number): boolean {
    return this.#offset < this.#end && this.#bytes[this.#offset] === tag
  }

  /** Identifier octet of the next value. */
  peekTag(): number {
    if (this.isAtEnd) throw this.malformed('it ends where another value should stand')
    return this.#at(this.#offset)
  }

  /** Reads a constructed value, or an encapsulating OCTET STRING, through all its parts. */
  inside<T>(tag: number, read: (der: DerReader) => T): T {
    const contentEnd = this.#enter(tag)
    const outerEnd = this.#end
    if (++this.#depth > MAX_DER_DEPTH)
      throw this.malformed(`it nests more than ${MAX_DER_DEPTH} values`)
    this.#end = contentEnd
    const value = read(this)
    this.expectEnd()
    this.#end = outerEnd
    this.#depth--
    return value
  }

  /** Reads a value as `inside` does where it is present. */
  insideOptional<T>(tag: number, read: (der: DerReader) => T): T | undefined {
    return this.isNext(tag) ? this.inside(tag, read) : undefined
  }

  /** Reads the DER value that a BIT STRING encapsulates (RFC 5280 §4.1.2.7). */
  insideBitString<T>(read: (der: DerReader) => T): T {
    return this.inside(DER_TAG.bitString, () => {
      if (this.isAtEnd || this.#at(this.#offset) !== 0)
        throw this.malformed('a BIT STRING does not hold whole bytes')
      this.#offset++
      return read(this)
    })
  }

  /** Reads a SEQUENCE OF or SET OF. */
  each<T>(tag: number, read: (der: DerReader) => T): readonly T[] {
    return this.inside(tag, () => {
      const values: T[] = []
      while (!this.isAtEnd) values.push(read(this))
      return values
    })
  }

  /** The whole next value, identifier and length included, without moving on. */
  peekRaw(tag: number): Uint8Array {
    const start = this.#offset
    const end = this.#enter(tag)
    this.#offset = start
    return this.#bytes.subarray(start, end)
  }

  /** The whole next value; its content is not looked at. */
  readRaw(tag: number): Uint8Array {
    const raw = this.peekRaw(tag)
    this.#offset += raw.length
    return raw
  }

  /** Content octets of the next value, whatever they mean. */
  readContent(tag: number): Uint8Array {
    const end = this.#enter(tag)
    const content = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return content
  }

  /** Content octets of an INTEGER: two's complement, big-endian, minimal (X.690 §8.3.2). */
  readInteger(tag: number = DER_TAG.integer): Uint8Array {
    const content = this.readContent(tag)
    const first = content[0]
    const second = content[1]
    if (first === undefined) throw this.malformed('an INTEGER has no content')
    const isPadded =
      second !== undefined && (first === 0 ? second < 0x80 : first === 0xff && second >= 0x80)
    if (isPadded) throw this.malformed('an INTEGER is not minimal')
    return content
  }

  /** An INTEGER between 0 and 2³¹−1. */
  readSmallInteger(tag: number = DER_TAG.integer): number {
    const content = this.readUnsignedInteger(tag)
    let value = 0
    for (const byte of content) value = value * 256 + byte
    if (value > 0x7fff_ffff) throw this.malformed('an INTEGER is too large')
    return value
  }

  /** Content octets of an INTEGER that is zero or more. */
  readUnsignedInteger(tag: number = DER_TAG.integer): Uint8Array {
    const content = this.readInteger(tag)
    if ((content[0] ?? 0) >= 0x80) throw this.malformed('an INTEGER is negative')
    return content
  }

  /** A BOOLEAN. */
  readBoolean(): boolean {
    const content = this.readContent(DER_TAG.boolean)
    const value = content[0]
    if (content.length !== 1 || (value !== 0 && value !== 0xff))
      throw this.malformed('a BOOLEAN is neither 00 nor FF')
    return value === 0xff
  }

  /** A NULL. */
  readNull(): void {
    if (this.readContent(DER_TAG.null).length > 0) throw this.malformed('a NULL has content')
  }

  /** Content of an OCTET STRING. */
  readOctetString(): Uint8Array {
    return this.readContent(DER_TAG.octetString)
  }

  /** Bits of a BIT STRING, first bit highest, unused ones zero (X.690 §11.2.1). */
  readBitString(): Uint8Array {
    const content = this.readContent(DER_TAG.bitString)
    const unused = content[0]
    if (unused === undefined) throw this.malformed('a BIT STRING has no content')
    if (unused > 7 || (unused > 0 && content.length === 1))
      throw this.malformed('a BIT STRING counts more unused bits than it has')
    if (unused > 0 && ((content.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0)
      throw this.malformed('a BIT STRING has unused bits that are set')
    return content.subarray(1)
  }

  /** Bytes of a BIT STRING whose bits fill them. */
  readBitStringBytes(): Uint8Array {
    const content = this.readContent(DER_TAG.bitString)
    if (content[0] !== 0) throw this.malformed('a BIT STRING does not hold whole bytes')
    return content.subarray(1)
  }

  /** An OBJECT IDENTIFIER in dotted form; arcs up to 2³¹−1, as Go reads them. */
  readObjectIdentifier(): string {
    const end = this.#enter(DER_TAG.objectIdentifier)
    if (this.#offset === end || this.#at(end - 1) >= 0x80)
      throw this.malformed('an OBJECT IDENTIFIER ends within an arc')
    let text = ''
    let arc = 0
    let isFirstByte = true
    for (; this.#offset < end; this.#offset++) {
      const byte = this.#at(this.#offset)
      if (isFirstByte && byte === 0x80)
        throw this.malformed('an arc of an OBJECT IDENTIFIER is not minimal')
      if (arc > 0x00ff_ffff) throw this.malformed('an arc of an OBJECT IDENTIFIER is too large')
      arc = arc * 128 + (byte & 0x7f)
      isFirstByte = byte < 0x80
      if (!isFirstByte) continue
      // X.690 §8.19.4: the first two arcs share a number; only 0, 1 and 2 stand at the top.
      const top = Math.min(Math.floor(arc / 40), 2)
      text += text === '' ? `${top}.${arc - top * 40}` : `.${arc}`
      arc = 0
    }
    return text
  }

  /** A UTF8String, or one tagged in its place. */
  readUtf8String(tag: number = DER_TAG.utf8String): string {
    const content = this.readContent(tag)
    try {
      return decodeUtf8(content)
    } catch {
      throw this.malformed('a UTF8String is not valid UTF-8')
    }
  }

  /** Ends the constructed value that is being read, or the whole. */
  expectEnd(): void {
    if (!this.isAtEnd) throw this.malformed('bytes follow where it should end')
  }

  /** The error for what was found at this place. */
  malformed(found: string): NotationError {
    const { code, object } = this.#source
    return new NotationError(code, `Cannot read ${object}: ${found} (byte ${this.#offset})`)
  }

  /** Moves to the content of the next value and answers where it ends. */
  #enter(tag: number): number {
    const found = this.peekTag()
    if (found !== tag) throw this.malformed(`found tag ${hex(found)}, wanted ${hex(tag)}`)
    if ((found & 0x1f) === 0x1f) throw this.malformed('a tag takes more than one byte')
    const first = this.#end - this.#offset > 1 ? this.#at(this.#offset + 1) : undefined
    if (first === undefined) throw this.malformed('it ends within a length')
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f
    const length = first < 0x80 ? first : this.#longLength(lengthBytes)
    const contentStart = this.#offset + 2 + lengthBytes
    if (length > this.#end - contentStart)
      throw this.malformed('a value is longer than what holds it')
    this.#offset = contentStart
    return contentStart + length
  }

  #longLength(lengthBytes: number): number {
    if (lengthBytes === 0) throw this.malformed('a length is indefinite')
    if (lengthBytes > 4) throw this.malformed('a length takes more than four bytes')
    if (this.#end - this.#offset < 2 + lengthBytes) throw this.malformed('it ends within a length')
    let length = 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + this.#at(this.#offset + 2 + i)
    if (length < 0x80 || this.#at(this.#offset + 2) === 0)
      throw this.malformed('a length is not minimal')
    return length
  }

  #at(index: number): number {
    return this.#bytes[index] as number
  }
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`
}
