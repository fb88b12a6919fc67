// A timestamp authority that an intercepted fetch reaches, and the settings that name it.

import { encodePem } from '../../shared/x509/pem.ts'
import { readRequest, stamping, tsa } from './timestamp-authority.ts'

const URL = 'http://timestamp.example.com/'

/** The authority. */
export interface TimestampService {
  /** Members of CONFIG; its name is `tsa`. */
  readonly settings: object
  readonly isAsked: (request: Request) => boolean
  /** Undefined for a request to somebody else. */
  readonly answer: (request: Request) => Promise<Response | undefined>
}

/** An authority that stamps everything. */
export function timestampService(): TimestampService {
  const root = tsa.certificates.at(-1) ?? new Uint8Array()
  const isAsked = (request: Request): boolean => request.url === URL
  return {
    settings: {
      timestampAuthorities: [
        { name: 'tsa', url: URL, rootCertificates: [encodePem('CERTIFICATE', root)] },
      ],
    },
    isAsked,
    async answer(request) {
      if (!isAsked(request)) return undefined
      const body = await request.bytes()
      return stamping()({ url: URL, init: {}, ...readRequest(body) })
    },
  }
}
