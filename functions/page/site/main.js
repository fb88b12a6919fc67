// The page: takes a reference or an envelope, asks, shows what became of it. The access token lives in its
// field and nowhere else.

/** @import { InspectAnswer } from '../answers.ts' */
/** @import { Result } from './result-view.js' */
import { inspect, verify } from './api-client.js'
import { linkTo, questionByEnvelope, readEnvelopeFile, referenceOfLink } from './question.js'
import { renderResult } from './result-view.js'

/** What is said of the fields, without and with an envelope at hand. */
const HINTS = {
  reference: 'By tag or digest, in a registry that this server speaks to.',
  file: 'Drop a JWS or COSE file here, or choose one. No registry is asked then.',
  repository:
    'The repository that the envelope is for: it picks the statement of the trust policy.',
}

const reference = find('reference', HTMLInputElement)
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
picker.addEventListener('change', () => takeFile(picker.files?.[0]))
forget.addEventListener('click', () => {
  holdEnvelope(undefined, HINTS.file)
  picker.focus()
})
for (const type of ['dragover', 'dragleave', 'drop'])
  document.addEventListener(type, (event) => {
    // Else the browser would open the file in the page's place.
    event.preventDefault()
    drop.classList.toggle('over', type === 'dragover')
  })
document.addEventListener('drop', ({ dataTransfer }) => takeFile(dataTransfer?.files[0]))
window.addEventListener('hashchange', fillFromLink)
holdEnvelope(undefined, HINTS.file)
fillFromLink()

/** A link fills the field and asks nothing: whoever opens it does. */
function fillFromLink() {
  const linked = referenceOfLink(location.hash)
  if (linked !== '') reference.value = linked
}

/** @param {File | undefined} file */
function takeFile(file) {
  if (file === undefined) return
  holdEnvelope(undefined, HINTS.file)
  void show('Reading …', async () => {
    const base64 = await readEnvelopeFile(file)
    const { body, problem, at } = await inspect({ signature: { envelope: base64 } }, token.value)
    if (problem !== undefined) return { problem, at }
    holdEnvelope({ base64, inspection: body }, `“${file.name}” is at hand.`)
    return { inspection: body, at }
  })
}

/**
 * @param {typeof envelope} held
 * @param {string} hint
 */
function holdEnvelope(held, hint) {
  envelope = held
  if (held === undefined) picker.value = ''
  forget.hidden = held === undefined
  drop.classList.toggle('held', held !== undefined)
  find('envelope-hint', HTMLElement).textContent = hint
  find('reference-hint', HTMLElement).textContent =
    held === undefined ? HINTS.reference : HINTS.repository
}

/** @returns {Promise<Result>} */
async function verifyByReference() {
  const wanted = wantedReference()
  const { body: verdict, problem, at } = await verify({ reference: wanted }, token.value)
  history.replaceState(null, '', linkTo(wanted))
  // By digest where it is known: the tag may have moved in between.
  const sameArtifact = verdict?.artifact.reference ?? wanted
  const { body: inspection } = await inspect({ reference: sameArtifact }, token.value)
  return { verdict, problem, inspection, at }
}

/** @returns {Promise<Result>} */
async function verifyByEnvelope() {
  const { base64 = '', inspection } = envelope ?? {}
  const question = questionByEnvelope(base64, wantedReference(), inspection?.signatures[0])
  const { body: verdict, problem, at } = await verify(question, token.value)
  return { verdict, problem, inspection, at }
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
  lastQuestion += 1
  const question = lastQuestion
  progress.textContent = doing
  progress.className = ''
  try {
    const answer = await ask()
    if (question !== lastQuestion) return
    progress.textContent = ''
    result.replaceChildren(...renderResult(answer))
    if (answer.problem?.status === 401) find('access', HTMLDetailsElement).open = true
    result.querySelector('h2')?.focus()
  } catch (error) {
    if (question !== lastQuestion) return
    result.replaceChildren()
    progress.className = 'wrong'
    progress.textContent = error instanceof Error ? error.message : 'Cannot show the answer'
  }
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
