// The moments in the life of a signature: from when until when its certificates are valid, when it was made,
// stamped and ends. As the envelope says them; which of them is trusted, the checks say.

/** @import { InspectedCertificate, InspectedTimestamp, ReadSignature } from '../answers.ts' */

/**
 * @typedef {object} Validity
 * @property {string} name the subject's common name, or all of it
 * @property {string} role
 * @property {'valid now' | 'expired' | 'not yet valid'} state
 * @property {Date} from
 * @property {Date} until
 * @property {InspectedCertificate} certificate
 */

/** @typedef {'signed' | 'stamped' | 'expires' | 'now'} MarkKind */

/**
 * @typedef {object} Mark
 * @property {MarkKind} kind
 * @property {string} label
 * @property {Date} from
 * @property {Date} until the same moment but for a timestamp, whose accuracy makes it an interval
 */

/**
 * @typedef {object} History
 * @property {readonly { readonly title: string, readonly validities: readonly Validity[] }[]} chains the signer's first
 * @property {readonly Mark[]} marks in their order in time
 */

const AUTHORITY_SCHEME = 'notary.x509.signingAuthority'

/**
 * Reads the moments of a signature; those that cannot be read are left out.
 *
 * @param {ReadSignature} signature
 * @param {Date} now of the verification
 * @returns {History}
 */
export function readHistory(signature, now) {
  const { signingTime = '', expiry = '', signingScheme } = signature.signedAttributes
  const timestamp = timestampOf(signature)
  const [earliest = '', latest = ''] =
    /^\[(.+), (.+)\]$/.exec(timestamp?.timestamp ?? '')?.slice(1) ?? []
  const signed = signingScheme === AUTHORITY_SCHEME ? 'Signed' : 'Signed (claimed)'
  const marks = [
    markOf('signed', signed, signingTime),
    markOf('stamped', 'Timestamped', earliest, latest),
    markOf('expires', 'Expires', expiry),
    { kind: /** @type {const} */ ('now'), label: 'Now', from: now, until: now },
  ]
  const chains = [
    { title: 'Signing certificates', certificates: signature.certificates },
    { title: "Timestamp authority's certificates", certificates: timestamp?.certificates ?? [] },
  ]
  return {
    chains: chains
      .filter(({ certificates }) => certificates.length > 0)
      .map(({ title, certificates }) => ({
        title,
        validities: certificates.map((certificate) => validityOf(certificate, certificates, now)),
      })),
    marks: marks
      .filter(({ from, until }) => isMoment(from) && isMoment(until))
      .toSorted((a, b) => a.from.getTime() - b.from.getTime()),
  }
}

/**
 * The timestamp of a signature, if it has one.
 *
 * @param {ReadSignature} signature
 */
export function timestampOf({ unsignedAttributes }) {
  return /** @type {InspectedTimestamp | undefined} */ (unsignedAttributes.timestampSignature)
}

/**
 * The common name of a subject as Go prints it; all of it where it has none.
 *
 * @param {string} subject
 */
export function commonNameOf(subject) {
  // Cut where Go does not escape: a comma within a value must not begin another name.
  const attributes = subject.match(/(?:\\.|[^,+\\])+/g) ?? []
  const name = attributes.find((attribute) => attribute.startsWith('CN='))?.slice('CN='.length)
  return name?.replace(/\\(.)/g, '$1') || subject
}

/**
 * A moment in UTC, to the second, the same in every country.
 *
 * @param {Date} at
 */
export function formatTime(at) {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/**
 * Its day.
 *
 * @param {Date} at
 */
export function formatDay(at) {
  return at.toISOString().slice(0, 10)
}

/**
 * @param {MarkKind} kind
 * @param {string} label
 * @param {string} from
 * @param {string} until
 * @returns {Mark}
 */
function markOf(kind, label, from, until = from) {
  return { kind, label, from: new Date(from), until: new Date(until) }
}

/**
 * @param {InspectedCertificate} certificate
 * @param {readonly InspectedCertificate[]} all
 * @param {Date} now
 * @returns {Validity}
 */
function validityOf(certificate, all, now) {
  const from = new Date(certificate.notBefore)
  const until = new Date(certificate.expiry)
  return {
    name: commonNameOf(certificate.issuedTo),
    role: roleOf(certificate, all),
    state: now < from ? 'not yet valid' : now > until ? 'expired' : 'valid now',
    from,
    until,
    certificate,
  }
}

/**
 * By names alone, because tokens hold certificates in any order.
 *
 * @param {InspectedCertificate} certificate
 * @param {readonly InspectedCertificate[]} all
 */
function roleOf({ issuedTo, issuedBy }, all) {
  if (issuedTo === issuedBy) return all.length === 1 ? 'Self-issued' : 'Root'
  return all.some((other) => other.issuedBy === issuedTo) ? 'Intermediate' : 'Leaf'
}

/** @param {Date} at */
function isMoment(at) {
  return !Number.isNaN(at.getTime())
}
