// Asks the API that served this page. An error of any kind is a problem with a code and a sentence.

/** @import { InspectAnswer, Problem, VerifyAnswer } from '../answers.ts' */

/**
 * @template Body
 * @typedef {{ readonly body: Body, readonly at: Date, readonly problem?: never }} Answered at the moment that its server tells
 */
/** @typedef {{ readonly problem: Problem, readonly at: Date, readonly body?: never }} Refused */

/**
 * `POST /v1/verify`.
 *
 * @param {object} question
 * @param {string} token empty for none
 * @returns {Promise<Answered<VerifyAnswer> | Refused>}
 */
export function verify(question, token) {
  return post('v1/verify', question, token)
}

/**
 * `POST /v1/inspect`.
 *
 * @param {object} question
 * @param {string} token empty for none
 * @returns {Promise<Answered<InspectAnswer> | Refused>}
 */
export function inspect(question, token) {
  return post('v1/inspect', question, token)
}

/**
 * @param {string} path relative, so that the page works under a prefix too
 * @param {object} question
 * @param {string} token empty for none
 */
async function post(path, question, token) {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(question),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    })
    const at = timeOf(answer)
    const body = await answer.json()
    return answer.ok ? { body, at } : { problem: readProblem(body, answer.status), at }
  } catch {
    const detail = 'Cannot ask the server: it did not answer, or with something that is no JSON'
    return { problem: { status: 0, code: 'server-unreachable', detail }, at: new Date() }
  }
}

/**
 * By the clock of the one who decided, where it tells.
 *
 * @param {Response} answer
 */
function timeOf(answer) {
  const at = new Date(answer.headers.get('date') ?? '')
  return Number.isNaN(at.getTime()) ? new Date() : at
}

/**
 * @param {Partial<Problem>} body
 * @param {number} status
 * @returns {Problem}
 */
function readProblem({ code, detail }, status) {
  return {
    status,
    code: code ?? `http-${status}`,
    detail: detail ?? `The server answered ${status}`,
  }
}
