// The reference page: shows the OpenAPI document of the server that it comes from. It asks for nothing else.

/** @import { Answer, OpenApiDocument, Operation, Parameter } from '../openapi-document.ts' */
import { renderSchema } from './docs-schema.js'
import { element } from './elements.js'

const DOCUMENT = 'openapi.json'
/** Where the members that all problems have are shown. */
const PROBLEM_ID = 'problem'

void show()

/** Renders the document, then goes to what the address names, which the browser could not find before. */
async function show() {
  const progress = document.getElementById('progress')
  try {
    const answer = await fetch(DOCUMENT, { credentials: 'omit', redirect: 'error' })
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
    render(await answer.json())
    progress?.remove()
    document.getElementById(location.hash.slice(1))?.scrollIntoView()
  } catch (error) {
    if (progress === null) return
    const reason = error instanceof Error ? error.message : String(error)
    progress.className = 'wrong'
    progress.textContent = `Cannot show the reference: ${reason}`
  }
}

/** @param {OpenApiDocument} openApi */
function render({ paths, components }) {
  const found = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const links = found.map(({ path, method, operation }) =>
    linkTo(operation.operationId, endpoint(method, path)),
  )
  document
    .getElementById('contents')
    ?.replaceChildren(
      element('ul', {}, ...[...links, linkTo(PROBLEM_ID, 'Problems')].map((link) => item(link))),
    )
  document
    .getElementById('operations')
    ?.replaceChildren(
      ...found.map(({ path, method, operation }) => renderOperation(path, method, operation)),
      section(
        PROBLEM_ID,
        'Problems',
        element(
          'p',
          {},
          'Every answer of 400 and above is application/problem+json. Go by its code.',
        ),
        renderSchema(components.schemas.Problem),
      ),
    )
}

/**
 * @param {string} path
 * @param {string} method
 * @param {Operation} operation
 */
function renderOperation(path, method, operation) {
  const { operationId, summary, description, security, parameters = [], requestBody } = operation
  const answers = Object.entries(operation.responses)
  const done = answers.filter(([status]) => isDone(status)).map(([, answer]) => answer)
  const problems = answers.filter(([status]) => !isDone(status))
  const request = requestBody?.content['application/json']
  const isOpen = security.some((scheme) => Object.keys(scheme).length === 0)
  const access = isOpen
    ? 'Answers without a token, too, as far as this server lets anyone.'
    : 'Needs a bearer token or a client certificate.'
  return section(
    operationId,
    summary,
    element('p', { class: 'endpoint' }, endpoint(method, path)),
    element('p', {}, description),
    element('p', { class: 'hint' }, access),
    ...renderParameters(
      'Path',
      parameters.filter((parameter) => parameter.in === 'path'),
    ),
    ...renderParameters(
      'Query',
      parameters.filter((parameter) => parameter.in === 'query'),
    ),
    ...(request === undefined ? [] : part('Request', renderSchema(request.schema))),
    ...part('Example', element('pre', {}, commandFor(path, method, operation))),
    ...part('Answer', ...done.flatMap(({ content }) => Object.values(content).map(renderContent))),
    ...part('Problems', renderProblems(problems)),
  )
}

/** @param {Answer['content'][string]} content */
function renderContent({ schema }) {
  return 'allOf' in schema ? element('p', {}, 'A problem') : renderSchema(schema)
}

/** @param {string} status */
function isDone(status) {
  return status.startsWith('2')
}

/**
 * @param {string} title
 * @param {readonly Parameter[]} parameters
 */
function renderParameters(title, parameters) {
  if (parameters.length === 0) return []
  const schema = renderSchema({
    type: 'object',
    properties: Object.fromEntries(
      parameters.map(({ name, description, schema }) => [name, { ...schema, description }]),
    ),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  })
  return part(title, schema)
}

/** @param {readonly (readonly [string, Answer])[]} problems */
function renderProblems(problems) {
  const rows = problems.map(([status, { description, content }]) => {
    const codes = Object.values(content).flatMap(({ schema }) =>
      'allOf' in schema ? schema.allOf[1].properties.code.enum : [],
    )
    return element(
      'div',
      {},
      element('dt', {}, `${status} ${description}`),
      element('dd', { class: 'codes' }, ...codes.map((code) => element('code', {}, code))),
    )
  })
  return element('dl', { class: 'problems' }, ...rows)
}

/**
 * A command to paste. Values are the document's own, which hold no quote.
 *
 * @param {string} path
 * @param {string} method
 * @param {Operation} operation
 */
function commandFor(path, method, { parameters = [], requestBody }) {
  // Relative, so that it is right under a prefix too.
  const filled = parameters
    .filter((parameter) => parameter.in === 'path')
    .reduce((text, { name, example = '' }) => text.replace(`{${name}}`, example), path)
  const url = new URL(filled.slice(1), document.baseURI)
  url.hash = ''
  for (const { in: place, name, required, example } of parameters)
    if (place === 'query' && required) url.searchParams.set(name, example ?? '')
  const token = '-H "authorization: Bearer $TOKEN"'
  const example = requestBody?.content['application/json']?.example
  if (method === 'get') return `curl '${url}' \\\n  ${token}`
  if (example === undefined) return `curl -X POST '${url}' \\\n  ${token}`
  const body = JSON.stringify(example, null, 2)
  return `curl '${url}' \\\n  ${token} \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`
}

/**
 * @param {string} id
 * @param {string} title
 * @param {readonly Node[]} children
 */
function section(id, title, ...children) {
  const heading = element('h2', { id: `${id}-title` }, linkTo(id, title))
  return element('section', { id, 'aria-labelledby': `${id}-title` }, heading, ...children)
}

/**
 * @param {string} title
 * @param {readonly Node[]} children
 */
function part(title, ...children) {
  return [element('h3', {}, title), ...children]
}

/**
 * @param {string} method
 * @param {string} path
 */
function endpoint(method, path) {
  return element('code', {}, element('span', { class: 'method' }, method.toUpperCase()), ` ${path}`)
}

/**
 * @param {string} id
 * @param {Node | string} child
 */
function linkTo(id, child) {
  return element('a', { href: `#${id}` }, child)
}

/** @param {Node} child */
function item(child) {
  return element('li', {}, child)
}
