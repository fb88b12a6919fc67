// What became of a question: the verdict in a word, the artifact, the statement that decided, and each
// signature. An error is no verdict, and is shown as none.

/** @import { InspectAnswer, Problem, VerifyAnswer } from '../answers.ts' */
/** @import { InspectReference } from './children-view.js' */
/** @import { Outcome } from './signature-words.js' */
import { renderChildren } from './children-view.js'
import { disclosure, element, facts, icon } from './elements.js'
import { code, renderSignatures } from './signature-view.js'
import { OUTCOMES } from './signature-words.js'

/**
 * @typedef {object} Result
 * @property {VerifyAnswer | undefined} [verdict]
 * @property {Problem | undefined} [problem] in place of a verdict
 * @property {InspectAnswer | undefined} [inspection]
 * @property {Problem | undefined} [blindness] why there is a verdict but no inspection
 * @property {Date} at
 */

/**
 * All that is shown of a result, the verdict first.
 *
 * @param {Result} result
 * @param {InspectReference} inspectReference
 * @returns {readonly Element[]}
 */
export function renderResult({ verdict, problem, inspection, blindness, at }, inspectReference) {
  const outcome = outcomeOf(verdict, problem, inspection)
  return [
    renderBanner(
      outcome,
      sentenceOf(outcome, verdict, problem, inspection),
      verdict?.code ?? problem?.code,
    ),
    ...(verdict === undefined ? [] : [renderDecision(verdict)]),
    ...renderSignatures(verdict?.signatures, inspection, at),
    ...(verdict?.children?.length ? [renderChildren(verdict, at, inspectReference)] : []),
    ...(verdict?.signatures.length && blindness ? [renderBlindness(blindness)] : []),
    renderJson(verdict ?? problem ?? inspection ?? {}),
  ]
}

/**
 * The verdict. It takes the focus, so that it is read first.
 *
 * @param {Outcome} outcome
 * @param {string} sentence
 * @param {string | undefined} reason
 */
function renderBanner(outcome, sentence, reason) {
  return element(
    'div',
    { class: `banner ${outcome}` },
    icon(OUTCOMES[outcome].icon),
    element(
      'div',
      { class: 'told' },
      element('h2', { tabindex: -1 }, OUTCOMES[outcome].word),
      element(
        'p',
        {},
        `${sentence} `,
        ...(reason === undefined ? [] : [element('code', {}, reason)]),
      ),
    ),
  )
}

/**
 * @param {VerifyAnswer | undefined} verdict
 * @param {Problem | undefined} problem
 * @param {InspectAnswer | undefined} inspection
 * @returns {Outcome}
 */
function outcomeOf(verdict, problem, inspection) {
  if (problem !== undefined) return 'inconclusive'
  if (verdict === undefined)
    return inspection?.signatures.every((signature) => 'error' in signature)
      ? 'unreadable'
      : 'unverified'
  if (!verdict.verified) return 'rejected'
  return verdict.policy.level === 'skip' ? 'skipped' : 'verified'
}

/**
 * @param {Outcome} outcome
 * @param {VerifyAnswer | undefined} verdict
 * @param {Problem | undefined} problem
 * @param {InspectAnswer | undefined} inspection
 */
function sentenceOf(outcome, verdict, problem, inspection) {
  switch (outcome) {
    case 'verified':
      return countVerified(verdict?.signatures ?? [])
    case 'rejected':
      return verdict?.message ?? ''
    case 'inconclusive':
      return `Neither verified nor rejected. ${problem?.detail ?? ''}`
    case 'skipped':
      return 'The policy accepts this artifact without a look at any signature: its level is skip.'
    case 'unverified':
      return 'This is what the envelope says of itself. Name the repository that it is for, and verify.'
    case 'unreadable':
      return inspection?.signatures.length === 0
        ? 'There is no signature.'
        : 'This is no signature envelope that can be verified.'
  }
}

/** @param {VerifyAnswer['signatures']} signatures */
function countVerified(signatures) {
  if (signatures.length === 0) return 'Each image of the index satisfies the trust policy.'
  if (signatures.length === 1) return 'Its signature satisfies the trust policy.'
  const { length } = signatures.filter(({ verified }) => verified)
  const satisfy = length === 1 ? 'satisfies' : 'satisfy'
  return `${length} of ${signatures.length} signatures ${satisfy} the trust policy; one is enough.`
}

/** @param {VerifyAnswer} verdict */
function renderDecision({ artifact, policy, signaturesNotChecked }) {
  const { mediaType, size, digest } = artifact.descriptor
  const [repository] = artifact.reference.split('@')
  return element(
    'div',
    { class: 'decision' },
    element(
      'section',
      {},
      element('h3', {}, 'Artifact'),
      facts([
        ['Repository', repository],
        ['Digest', code(digest)],
        ['Media type', `${mediaType}, ${size} bytes`],
      ]),
    ),
    element(
      'section',
      {},
      element('h3', {}, 'Decided by'),
      facts([
        ['Statement', policy.statement ?? 'none speaks of this repository'],
        ['Level', policy.level],
        ['Not looked at', signaturesNotChecked && 'further signatures'],
        ['Trust bundle', code(policy.bundleDigest)],
      ]),
    ),
  )
}

/** @param {Problem} problem */
function renderBlindness({ detail, code: reason }) {
  const text = `There is no time line, because the signatures could not be inspected. ${detail} `
  return element('p', { class: 'blind' }, text, element('code', {}, reason))
}

/** @param {object} answer */
function renderJson(answer) {
  const text = JSON.stringify(answer, undefined, 2)
  const copy = element('button', { type: 'button' }, 'Copy')
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text)
    copy.textContent = 'Copied'
  })
  // Browsers give the clipboard to pages on loopback and over HTTPS only; the text can be selected anyway.
  copy.hidden = navigator.clipboard === undefined
  const shown = element('pre', { tabindex: 0, role: 'region', 'aria-label': 'JSON' }, text)
  return element('div', { class: 'json' }, disclosure('Answer as JSON', copy, shown))
}
