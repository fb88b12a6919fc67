// Shows a JSON Schema as nested lists of members: name, type, bounds, meaning.

/** @import { Schema } from '../openapi-document.ts' */
import { disclosure, element } from './elements.js'

/** Longer patterns tell people nothing. */
const MAX_SHOWN_PATTERN = 100
/** A shape with more members than this, all depths counted, is opened when wanted. */
const MAX_SHOWN_MEMBERS = 24

/**
 * A schema and all that is in it.
 *
 * @param {Schema} schema
 * @param {readonly string[]} [around] names of the members that it lies in
 * @returns {HTMLElement}
 */
export function renderSchema(schema, around = []) {
  const shape = shapeOf(schema)
  if (shape.anyOf !== undefined) {
    const variants = shape.anyOf.filter(hasMembers)
    return element(
      'ol',
      { class: 'variants' },
      ...variants.map((variant) => element('li', {}, renderSchema(variant, around))),
    )
  }
  const { properties = {}, required = [] } = shape
  const members = Object.entries(properties).map(([name, member]) =>
    renderMember(name, member, required.includes(name), around),
  )
  return element('ul', { class: 'members' }, ...members)
}

/**
 * @param {string} name
 * @param {Schema} schema
 * @param {boolean} isRequired
 * @param {readonly string[]} around
 */
function renderMember(name, schema, isRequired, around) {
  const title = element(
    'p',
    { class: 'member' },
    element('code', { class: 'name' }, name),
    element('span', { class: 'type' }, [typeOf(schema), ...boundsOf(schema)].join(', ')),
    ...(isRequired ? [element('span', { class: 'required' }, 'required')] : []),
  )
  return element('li', {}, title, ...renderMeaning(schema), ...renderNested(name, schema, around))
}

/**
 * What the values are: each with its meaning where the description tells, else in a row.
 *
 * @param {Schema} schema
 */
function renderMeaning(schema) {
  const values = valuesOf(schema)
  const { description } = schema
  const meanings = meaningsOf(values, description ?? '')
  if (meanings.length > 0) {
    const rows = meanings.map(([value, meaning]) =>
      element('div', {}, element('dt', {}, element('code', {}, value)), element('dd', {}, meaning)),
    )
    return [element('dl', { class: 'meanings' }, ...rows)]
  }
  const codes = values.map((value) => element('code', {}, value))
  return [
    ...(description === undefined ? [] : [element('p', { class: 'hint' }, description)]),
    ...(codes.length === 0 ? [] : [element('p', { class: 'codes' }, ...codes)]),
  ]
}

/**
 * The parts of a description that says `value: meaning; value: meaning`; none where it is written otherwise.
 *
 * @param {readonly string[]} values
 * @param {string} description
 * @returns {(readonly [value: string, meaning: string])[]}
 */
function meaningsOf(values, description) {
  const starts = values.map((value) => description.indexOf(`${value}: `))
  if (starts.some((start, index) => start <= (starts[index - 1] ?? -1))) return []
  return values.map((value, index) => {
    const end = starts[index + 1]
    const part = description.slice((starts[index] ?? 0) + value.length + 2, end)
    return [value, end === undefined ? part : part.replace(/; $/, '')]
  })
}

/**
 * @param {string} name
 * @param {Schema} schema
 * @param {readonly string[]} around
 */
function renderNested(name, schema, around) {
  if (!hasMembers(schema)) return []
  if (around.includes(name)) return [element('p', { class: 'hint' }, `As the ${name} around it.`)]
  const nested = renderSchema(schema, [...around, name])
  if (countMembers(schema) <= MAX_SHOWN_MEMBERS) return [nested]
  return [disclosure(`Members of ${name}`, nested)]
}

/**
 * The object, or the objects to choose from, that a member is, has many of, or has by any name.
 *
 * @param {Schema} schema
 * @returns {Schema}
 */
function shapeOf(schema) {
  if (schema.items !== undefined) return shapeOf(schema.items)
  if (typeof schema.additionalProperties === 'object' && schema.properties === undefined)
    return shapeOf(schema.additionalProperties)
  return schema
}

/**
 * @param {Schema} schema
 * @returns {boolean}
 */
function hasMembers(schema) {
  const { properties, anyOf = [] } = shapeOf(schema)
  return properties !== undefined || anyOf.some(hasMembers)
}

/**
 * @param {Schema} schema
 * @returns {number}
 */
function countMembers(schema) {
  const { properties = {}, anyOf = [] } = shapeOf(schema)
  const inside = [...Object.values(properties), ...anyOf].map(countMembers)
  return inside.reduce((sum, count) => sum + count, Object.keys(properties).length)
}

/**
 * @param {Schema} schema
 * @returns {string}
 */
function typeOf(schema) {
  const { type, anyOf, items, additionalProperties, contentEncoding, format } = schema
  if ('const' in schema) return JSON.stringify(schema.const)
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if (items !== undefined) return `array of ${typeOf(items)}`
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0)
    return `object of ${typeOf(additionalProperties)} by any name`
  const kind = contentEncoding ?? format
  return `${type ?? 'any'}${kind === undefined ? '' : ` (${kind})`}`
}

/**
 * @param {Schema} schema
 * @returns {string[]}
 */
function boundsOf(schema) {
  const { maximum = Number.MAX_SAFE_INTEGER, pattern, contentEncoding } = schema
  const isTelling =
    pattern !== undefined && pattern.length <= MAX_SHOWN_PATTERN && contentEncoding === undefined
  return [
    range(schema.minLength, schema.maxLength, 'characters'),
    range(schema.minItems, schema.maxItems, 'of them'),
    range(undefined, schema.maxProperties, 'names'),
    range(schema.minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, ''),
    isTelling ? `pattern ${pattern}` : '',
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ].filter((bound) => bound !== '')
}

/**
 * @param {number | undefined} least
 * @param {number | undefined} most
 * @param {string} unit
 */
function range(least, most, unit) {
  if (least === undefined && most === undefined) return ''
  if (most === undefined) return `at least ${least} ${unit}`.trimEnd()
  if (least === undefined) return `at most ${most} ${unit}`.trimEnd()
  return `${least} to ${most} ${unit}`.trimEnd()
}

/**
 * @param {Schema} schema
 * @returns {readonly string[]}
 */
function valuesOf({ enum: values, anyOf = [], items }) {
  if (values !== undefined) return values
  return items === undefined ? anyOf.flatMap(valuesOf) : valuesOf(items)
}
