// One signature: who signed, each check with its reason, the time line and the same in a table, and what else
// the envelope says of itself.

/** @import { Check, InspectAnswer, InspectedSignature, ReadSignature, SignatureVerdict } from '../answers.ts' */
/** @import { History } from './history.js' */
import { disclosure, element, facts, icon } from './elements.js'
import { formatTime, readHistory, timestampOf } from './history.js'
import { ACTIONS, CHECKS, OUTCOMES, RESULTS } from './signature-words.js'
import { drawTimeLine } from './time-line.js'

/** Signed attributes that the picture has; the others are listed. */
const DRAWN_ATTRIBUTES = ['signingTime', 'expiry']

/**
 * All signatures of an artifact. Verdicts and inspected signatures belong together by digest where they come from a
 * registry, else by place.
 *
 * @param {readonly SignatureVerdict[] | undefined} verdicts none where nothing was decided
 * @param {InspectAnswer | undefined} inspection
 * @param {Date} at
 */
export function renderSignatures(verdicts, inspection, at) {
  const inspected = inspection?.signatures ?? []
  if (verdicts === undefined)
    return inspected.map((one, index) =>
      renderSignature(titleOf(index, inspected.length), undefined, one, at),
    )
  return verdicts.map((one, index) => {
    const found =
      one.digest === undefined
        ? inspected[index]
        : inspected.find(({ digest }) => digest === one.digest)
    return renderSignature(titleOf(index, verdicts.length), one, found, at)
  })
}

/**
 * @param {number} index
 * @param {number} count
 */
function titleOf(index, count) {
  return count === 1 ? 'Signature' : `Signature ${index + 1} of ${count}`
}

/**
 * @param {string} title
 * @param {SignatureVerdict | undefined} verdict none where nothing was decided
 * @param {InspectedSignature | undefined} inspected none where it could not be had
 * @param {Date} now
 */
function renderSignature(title, verdict, inspected, now) {
  const name = verdict === undefined ? 'unverified' : verdict.verified ? 'verified' : 'rejected'
  const read = inspected === undefined || 'error' in inspected ? undefined : inspected
  const isTrusted = verdict?.checks.some(
    ({ type, result }) => type === 'authenticity' && result === 'passed',
  )
  return element(
    'article',
    { class: `signature ${name}` },
    element(
      'header',
      {},
      element('h3', {}, title),
      element('p', { class: `badge ${name}` }, icon(OUTCOMES[name].icon), OUTCOMES[name].word),
    ),
    facts([
      [
        isTrusted ? 'Signed by' : 'Claims to be by',
        verdict?.signer?.subject ?? read?.certificates[0]?.issuedTo,
      ],
      ['Signature', code(verdict?.digest ?? read?.digest)],
    ]),
    ...(verdict === undefined ? [] : [renderChecks(verdict.checks)]),
    ...(read === undefined ? renderUnread(inspected) : renderRead(read, now)),
  )
}

/**
 * A digest, a code or the like; nothing of nothing.
 *
 * @param {string | undefined} text
 */
export function code(text) {
  return text === undefined ? undefined : element('code', {}, text)
}

/** @param {readonly Check[]} checks */
function renderChecks(checks) {
  return element('ul', { class: 'checks', 'aria-label': 'Checks' }, ...checks.map(renderCheck))
}

/** @param {Check} check */
function renderCheck({ type, action, result, code: reason, message }) {
  const [name, question] = CHECKS[type]
  const [word, iconName] = RESULTS[result]
  const weight = result === 'failed' && action !== 'enforce' ? ' logged' : ''
  return element(
    'li',
    { class: `check ${result}${weight}` },
    icon(iconName),
    element(
      'div',
      { class: 'said' },
      element('p', {}, element('strong', {}, name), element('span', { class: 'result' }, word)),
      element('p', { class: 'hint' }, question),
      ...(message === undefined && reason === undefined
        ? []
        : [
            element(
              'p',
              { class: 'reason' },
              message ?? '',
              ' ',
              ...(reason ? [element('code', {}, reason)] : []),
            ),
          ]),
    ),
    element('span', { class: 'action' }, ACTIONS[action]),
  )
}

/** @param {InspectedSignature | undefined} inspected */
function renderUnread(inspected) {
  if (inspected === undefined || !('error' in inspected)) return []
  const { code: reason, message } = inspected.error
  return [element('p', { class: 'reason' }, `${message} `, element('code', {}, reason))]
}

/**
 * @param {ReadSignature} read
 * @param {Date} now
 */
function renderRead(read, now) {
  const history = readHistory(read, now)
  const timestamp = timestampOf(read)
  return [
    renderTimeLine(history),
    ...(timestamp?.error === undefined
      ? []
      : [element('p', { class: 'reason' }, `Timestamp: ${timestamp.error}`)]),
    disclosure('Moments and certificates as a table', ...renderTables(history)),
    disclosure('What the envelope says', renderAttributes(read)),
  ]
}

/** @param {History} history */
function renderTimeLine(history) {
  const frame = element('figure', {})
  let drawnWidth = 0
  // Drawn anew for each width, so that its text always has the size of the page's.
  new ResizeObserver(() => {
    const width = Math.floor(frame.clientWidth)
    if (width === 0 || width === drawnWidth) return
    drawnWidth = width
    frame.replaceChildren(drawTimeLine(history, width))
  }).observe(frame)
  return frame
}

/** @param {History} history */
function renderTables({ chains, marks }) {
  const moments = marks.map(({ label, from, until }) => [
    label,
    from.getTime() === until.getTime()
      ? formatTime(from)
      : `${formatTime(from)} – ${formatTime(until)}`,
  ])
  const certificates = chains.map(({ title, validities }) =>
    renderTable(
      title,
      ['Role', 'Issued to', 'Issued by', 'Valid', 'SHA-256'],
      validities.map(({ role, state, from, until, certificate }) => [
        role,
        certificate.issuedTo,
        certificate.issuedBy,
        `${formatTime(from)} – ${formatTime(until)}: ${state}`,
        certificate.SHA256Fingerprint,
      ]),
    ),
  )
  return [renderTable('Moments', ['What', 'When'], moments), ...certificates]
}

/**
 * A table that scrolls by itself where the page is narrow, by keyboard too.
 *
 * @param {string} caption
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows
 */
function renderTable(caption, heads, rows) {
  const head = element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)))
  const body = rows.map(([first = '', ...rest]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, first),
      ...rest.map((text) => element('td', {}, text)),
    ),
  )
  return element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, head),
      element('tbody', {}, ...body),
    ),
  )
}

/** @param {ReadSignature} read */
function renderAttributes(read) {
  const { signedAttributes, userDefinedAttributes, unsignedAttributes, signedArtifact } = read
  return facts([
    ['Signed artifact', code(signedArtifact.digest)],
    ...Object.entries(userDefinedAttributes ?? {}).map(
      ([name, value]) => /** @type {const} */ ([`Metadata ${name}`, value]),
    ),
    ['Envelope', read.signatureEnvelopeType],
    ['Algorithm', read.signatureAlgorithm],
    ...Object.entries(signedAttributes).filter(([name]) => !DRAWN_ATTRIBUTES.includes(name)),
    ['Signing agent', unsignedAttributes.signingAgent],
  ])
}
