// The states of all certificates of an emulator. A certificate that was never set is good.

import type { IssuedCertificate } from './issued-certificates.ts'
import { chooseCertificates, parseRevocationChange, recordAfter } from './revocation-change.ts'
import type { RevocationRecord, RevocationState } from './revocation-states.ts'

/** A certificate and its state, as they are listed. */
export type ListedCertificate = IssuedCertificate & {
  readonly state: RevocationState
} & Omit<RevocationRecord, 'state' | 'serialNumber'>

/** The states of all certificates. */
export class RevocationBook {
  #records: readonly RevocationRecord[]
  readonly #keep: (records: readonly RevocationRecord[]) => Promise<void>

  /** @param keep - called with all records after each change, where they outlive the process */
  constructor(
    records: readonly RevocationRecord[],
    keep: (records: readonly RevocationRecord[]) => Promise<void>,
  ) {
    this.#records = records
    this.#keep = keep
  }

  /** Of a certificate that is not good. */
  recordOf(serialNumber: string): RevocationRecord | undefined {
    return this.#records.find((record) => record.serialNumber === serialNumber)
  }

  /**
   * Sets the state of the certificates that a change names, at once; resolves when it is kept.
   *
   * @throws {SetupError} that names what is wrong, before anything is set
   */
  async set(value: unknown, certificates: readonly IssuedCertificate[], now: Date): Promise<void> {
    const change = parseRevocationChange(value)
    const chosen = chooseCertificates(change, certificates)
    const others = this.#records.filter(({ serialNumber }) => !chosen.includes(serialNumber))
    const records = chosen.map((serialNumber) => recordAfter(serialNumber, change, now))
    this.#records = [...others, ...records.filter((record) => record !== undefined)]
    await this.#keep(this.#records)
  }

  /** Every certificate with its state. */
  list(certificates: readonly IssuedCertificate[]): readonly ListedCertificate[] {
    return certificates.map((certificate) => ({
      ...certificate,
      state: 'good',
      ...this.recordOf(certificate.serialNumber),
    }))
  }
}
