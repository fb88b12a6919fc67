// Reading a certificate with our DER reader beside reading it with pkijs, both from the same bytes in
// the same run.

import { readFileSync } from 'node:fs'
import { Certificate } from 'pkijs'
import { parseCertificate } from '../shared/x509/certificate.ts'
import { parseCertificatesPemOrDer } from '../shared/x509/pem.ts'
import { interleavedMedians, type Ratio } from './ratio.ts'

/** A leaf of DigiCert, as public authorities issue them: RSA 4096, nine extensions. */
const LEAF = new URL('../test/vectors/x509/digicert-timestamping.pem', import.meta.url)
/** Reads per sample: one alone is shorter than the clock can tell. */
const READS = 20
const ROUNDS = 100

/** Our reader takes at most a twelfth of pkijs's time. */
export async function run(): Promise<readonly Ratio[]> {
  const [der] = parseCertificatesPemOrDer(readFileSync(LEAF))
  if (der === undefined) throw new Error('The certificate to measure with is missing')
  const bytes = Uint8Array.from(der)
  const medians = await interleavedMedians(
    {
      own: () => repeat(() => parseCertificate(der)),
      pkijs: () => repeat(() => Certificate.fromBER(bytes)),
    },
    ROUNDS,
  )
  const subject = medians.own / READS
  const baseline = medians.pkijs / READS
  return [
    {
      name: 'certificate, own reader / pkijs',
      ratio: subject / baseline,
      atMost: 1 / 12,
      subject,
      baseline,
    },
  ]
}

function repeat(read: () => unknown): void {
  for (let i = 0; i < READS; i++) read()
}
