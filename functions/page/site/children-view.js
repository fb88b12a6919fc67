// The images of an index: each with its verdict, and its signatures when it is opened.

/** @import { ChildVerdict, InspectAnswer } from '../answers.ts' */
import { element, facts, icon } from './elements.js'
import { code, renderSignatures } from './signature-view.js'
import { OUTCOMES } from './signature-words.js'

/** @typedef {(reference: string) => Promise<InspectAnswer | undefined>} InspectReference undefined where it cannot */

/** Why there is no verdict on a child. */
const SKIPPED = {
  attestation: 'it is an attestation, no image',
  platform: 'it is for another platform',
}

/**
 * The children of an index, and those that were left out.
 *
 * @param {ChildVerdict} index
 * @param {Date} at
 * @param {InspectReference} inspectReference
 */
export function renderChildren({ children = [], childrenSkipped = [] }, at, inspectReference) {
  return element(
    'section',
    { class: 'children' },
    element('h3', {}, `Images of the index: ${children.length}`),
    ...children.map((child) => renderChild(child, at, inspectReference)),
    ...childrenSkipped.map(({ artifact, platform, osVersion = '', reason }) =>
      element(
        'p',
        { class: 'hint' },
        `Left out, because ${SKIPPED[reason]}: ${platform ?? ''} ${osVersion} `,
        element('code', {}, artifact.descriptor.digest),
      ),
    ),
  )
}

/**
 * @param {ChildVerdict} child
 * @param {Date} at
 * @param {InspectReference} inspectReference
 */
function renderChild(child, at, inspectReference) {
  const { verified, platform, osVersion, artifact, code: reason, message } = child
  const outcome = verified ? 'verified' : 'rejected'
  const { digest } = artifact.descriptor
  const opened = element(
    'details',
    { class: `child ${outcome}` },
    element(
      'summary',
      {},
      element('span', { class: 'outcome' }, icon(OUTCOMES[outcome].icon), OUTCOMES[outcome].word),
      ` ${[platform ?? digest, osVersion].filter(Boolean).join(' ')}`,
    ),
    facts([
      ['Digest', code(digest)],
      [
        'Reason',
        reason === undefined ? undefined : element('span', {}, `${message} `, code(reason) ?? ''),
      ],
    ]),
  )
  const fill = async () => {
    const inspection = await inspectReference(artifact.reference)
    opened.append(...renderSignatures(child.signatures, inspection, at))
    if (child.children !== undefined) opened.append(renderChildren(child, at, inspectReference))
  }
  // Hundreds of images would be hundreds of questions: one is asked about when somebody wants to see it.
  opened.addEventListener('toggle', fill, { once: true })
  return opened
}
