// The page: takes a reference or an envelope, asks, shows what became of it. The access token lives in its
// field and nowhere else.

/** @import { InspectAnswer } from '../answers.ts' */
/** @import { Result } from './result-view.js' */
import { inspect, verify } from './api-client.js'
import { linkTo, questionByEnvelope, readEnvelopeFile, referenceOfLink } from './question.js'
import { renderResult } from './result-view.js'

/** What the fields are called, and what is said of them, without and with an envelope at hand. */
const WORDS = {
  without: {
    'reference-label': 'Artifact reference',
    'reference-hint': 'By tag or digest, in a registry that this server speaks to.',
    'envelope-hint': 'Drop a JWS or COSE file here, or choose one. No registry is asked then.',
  },
  with: {
    'reference-label': 'Repository of the artifact',
    'reference-hint':
      'It picks the statement of the trust policy. The envelope itself names the digest.',
    'envelope-hint': 'This envelope is verified, and no registry is asked.',
  },
}

const reference = find('reference', HTMLInputElement)
const index = find('index', HTMLSelectElement)
const token = find('token', HTMLInputElement)
const picker = find('envelope', HTMLInputElement)
const forget = find('forget', HTMLButtonElement)
const drop = find('drop', HTMLElement)
const progress = find('progress', HTMLElement)
const result = find('result', HTMLElement)

/** @type {{ readonly base64: string, readonly inspection: InspectAnswer } | undefined} */
let envelope
/** Counts questions: an answer that another question has overtaken is not shown. */
let lastQuestion = 0

find('question', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void show('Verifying …', envelope === undefined ? verifyByReference : verifyByEnvelope)
})
picker.addEventListener('change', takeFile)
forget.addEventListener('click', () => {
  clear('')
  holdEnvelope(undefined)
  picker.value = ''
  picker.focus()
})
document.addEventListener('dragover', takeDrag)
document.addEventListener('dragleave', takeDrag)
document.addEventListener('drop', takeDrag)
window.addEventListener('hashchange', fillFromLink)
holdEnvelope(undefined)
fillFromLink()

/** A link fills the field and asks nothing: whoever opens it does. */
function fillFromLink() {
  const linked = referenceOfLink(location.hash)
  if (linked !== '') reference.value = linked
}

/**
 * Files may be dropped anywhere: else the browser would open them in the page's place.
 *
 * @param {DragEvent} event
 */
function takeDrag(event) {
  const { dataTransfer, type } = event
  if (!dataTransfer?.types.includes('Files')) return
  event.preventDefault()
  drop.classList.toggle('over', type === 'dragover')
  if (type !== 'drop') return
  picker.files = dataTransfer.files
  takeFile()
}

/** Shows what the chosen file says of itself; nothing is decided yet. */
function takeFile() {
  holdEnvelope(undefined)
  const file = picker.files?.[0]
  if (file === undefined) return
  void show('Reading …', async () => {
    const base64 = await readEnvelopeFile(file)
    const { body, problem, at } = await inspect({ signature: { envelope: base64 } }, token.value)
    if (problem !== undefined) return { problem, at }
    // Another file may have been chosen meanwhile, and it is that one which would seem to be verified.
    if (picker.files?.[0] === file) holdEnvelope({ base64, inspection: body })
    return { inspection: body, at }
  })
}

/** @param {typeof envelope} held */
function holdEnvelope(held) {
  envelope = held
  forget.hidden = held === undefined
  index.disabled = held !== undefined
  drop.classList.toggle('held', held !== undefined)
  for (const [id, text] of Object.entries(WORDS[held === undefined ? 'without' : 'with']))
    find(id, HTMLElement).textContent = text
}

/** @returns {Promise<Result>} */
async function verifyByReference() {
  const wanted = wantedReference()
  const question = { reference: wanted, ...(index.value === 'index' ? {} : { index: index.value }) }
  const { body: verdict, problem, at } = await verify(question, token.value)
  history.replaceState(null, '', linkTo(wanted))
  if (problem !== undefined && problem.status < 500) return { problem, at }
  // By digest where it is known: the tag may have moved in between.
  const sameArtifact = verdict?.artifact.reference ?? wanted
  const inspected = await inspect({ reference: sameArtifact }, token.value)
  const { body: inspection, problem: blindness } = inspected
  return { verdict, problem, inspection, blindness, at }
}

/** @returns {Promise<Result>} */
async function verifyByEnvelope() {
  const { base64 = '', inspection } = envelope ?? {}
  const question = questionByEnvelope(base64, wantedReference(), inspection?.signatures[0])
  const { body: verdict, problem, at } = await verify(question, token.value)
  return { verdict, problem, inspection, at }
}

/** @param {string} childReference */
async function inspectChild(childReference) {
  const { body } = await inspect({ reference: childReference }, token.value)
  return body
}

/** @throws {Error} where there is none */
function wantedReference() {
  const wanted = reference.value.trim()
  if (wanted !== '') return wanted
  reference.focus()
  throw new Error('Cannot verify: the reference is missing')
}

/**
 * Asks and shows the answer, or the sentence of an error that is the page's own.
 *
 * @param {string} doing
 * @param {() => Promise<Result>} ask
 */
async function show(doing, ask) {
  const question = clear(doing)
  try {
    const answer = await ask()
    if (question !== lastQuestion) return
    progress.textContent = ''
    result.replaceChildren(...renderResult(answer, inspectChild))
    if (answer.problem?.status === 401) find('options', HTMLDetailsElement).open = true
    result.querySelector('h2')?.focus()
  } catch (error) {
    if (question !== lastQuestion) return
    progress.className = 'wrong'
    progress.textContent = error instanceof Error ? error.message : 'Cannot show the answer'
  }
}

/**
 * Takes the last answer away: an old verdict must not stand beside a new question.
 *
 * @param {string} doing what is done instead
 * @returns {number} the new question's
 */
function clear(doing) {
  progress.textContent = doing
  progress.className = ''
  result.replaceChildren()
  lastQuestion += 1
  return lastQuestion
}

/**
 * @template {HTMLElement} Found
 * @param {string} id
 * @param {new () => Found} type
 */
function find(id, type) {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new TypeError(`page.html has no ${type.name} "${id}"`)
  return found
}
