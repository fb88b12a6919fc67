// The entries of a CRL (RFC 5280 §5.1.2.6), read where they lie: an index of numbers finds those of a
// serial number, so that a list of a million entries stays its bytes and one typed array.

import { equalBytes } from '../bytes.ts'
import { DER_TAG, DerReader } from '../der.ts'
import { readTime } from '../der-time.ts'
import type { Extension } from '../x509/extensions.ts'
import { EXTENSION, extensionValue, readExtensionList } from './extension-list.ts'

/** An entry of a CRL. */
export interface CrlEntry {
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array
  readonly revokedAt: Date
  /** CRLReason (RFC 5280 §5.3.1); 0, unspecified, where there is none. */
  readonly reason: number
  readonly extensions: readonly Extension[]
}

/** Where the entries of a serial number lie. */
export interface CrlIndex {
  /** Content of revokedCertificates. */
  readonly entries: Uint8Array
  /** A hash table with open addressing: 1 + offset of an entry, 0 where the slot is free. */
  readonly slots: Uint32Array
}

const SOURCE = { code: 'encoding-invalid', object: 'CRL entry' } as const
/** Slots looked at per entry, on average, before a list counts as made to be slow. */
const MAX_PROBES_PER_ENTRY = 64
/** FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5
const HASH_FACTOR = 0x01000193

/**
 * Indexes the entries of a CRL, and checks the form of each.
 *
 * Takes time and memory with their number: do so once the signature is verified.
 *
 * @param entries - content of revokedCertificates
 * @throws {NotationError} `encoding-invalid`
 */
export function indexEntries(entries: Uint8Array): CrlIndex {
  const { offsets, hashes } = scanEntries(entries)
  const slots = new Uint32Array(slotCount(offsets.length))
  let probesLeft = (offsets.length + 1) * MAX_PROBES_PER_ENTRY
  for (const [index, offset] of offsets.entries()) {
    let slot = (hashes[index] ?? 0) & (slots.length - 1)
    while (slots[slot] !== 0) {
      if (--probesLeft < 0)
        throw new DerReader(entries, SOURCE).malformed('its serial numbers repeat')
      slot = (slot + 1) & (slots.length - 1)
    }
    slots[slot] = offset + 1
  }
  return { entries, slots }
}

/** The entries of a serial number, in the order of the CRL. */
export function findEntries(
  { entries, slots }: CrlIndex,
  serialNumber: Uint8Array,
): readonly CrlEntry[] {
  const found: CrlEntry[] = []
  let slot = hashOf(serialNumber) & (slots.length - 1)
  for (let position = slots[slot] ?? 0; position !== 0; position = slots[slot] ?? 0) {
    const entry = readEntry(new DerReader(entries.subarray(position - 1), SOURCE))
    if (equalBytes(entry.serialNumber, serialNumber)) found.push(entry)
    slot = (slot + 1) & (slots.length - 1)
  }
  return found
}

/** A power of two that leaves at least half of the slots free. */
function slotCount(entries: number): number {
  return 2 ** Math.ceil(Math.log2(2 * entries + 2))
}

function scanEntries(entries: Uint8Array): { offsets: Uint32Array; hashes: Uint32Array } {
  const der = new DerReader(entries, SOURCE)
  let offsets = new Uint32Array(1024)
  let hashes = new Uint32Array(1024)
  let count = 0
  while (!der.isAtEnd) {
    if (count === offsets.length) {
      offsets = doubled(offsets)
      hashes = doubled(hashes)
    }
    offsets[count] = der.peekRaw(DER_TAG.sequence).byteOffset - entries.byteOffset
    hashes[count++] = hashOf(readEntry(der).serialNumber)
  }
  return { offsets: offsets.subarray(0, count), hashes: hashes.subarray(0, count) }
}

function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}

function hashOf(serialNumber: Uint8Array): number {
  let hash = HASH_START
  for (const byte of serialNumber) hash = Math.imul(hash ^ byte, HASH_FACTOR)
  return hash >>> 0
}

function readEntry(der: DerReader): CrlEntry {
  return der.inside(DER_TAG.sequence, readEntryParts)
}

function readEntryParts(der: DerReader): CrlEntry {
  const serialNumber = der.readInteger()
  const revokedAt = readTime(der)
  const extensions = der.isAtEnd ? [] : readExtensionList(der)
  return { serialNumber, revokedAt, reason: reasonOf(extensions), extensions }
}

function reasonOf(extensions: readonly Extension[]): number {
  const value = extensionValue(extensions, EXTENSION.reasonCode)
  if (value === undefined) return 0
  const der = new DerReader(value, SOURCE)
  const reason = der.readSmallInteger(DER_TAG.enumerated)
  der.expectEnd()
  return reason
}
