// Builds elements. Text only ever becomes a text node, so nothing of an answer is read as markup.

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg'
/** Draw nothing, or turn what stands around them: with these one name can be made to look like another. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** @typedef {Readonly<Record<string, string | number>>} Attributes names are ours, never an answer's */

/**
 * Text as people should see it: characters that would not show are written as escapes.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(UNSEEN, (character) =>
    character === '\n'
      ? character
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * An HTML element; children that are strings become text.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {readonly (Node | string)[]} children
 */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children)
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {readonly (Node | string)[]} children
 */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_NAMESPACE, name), attributes, children)
}

/**
 * A list of names and what they stand for; those without are left out.
 *
 * @param {readonly (readonly [name: string, value: Node | string | undefined])[]} entries
 */
export function facts(entries) {
  const rows = entries.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [element('div', {}, element('dt', {}, name), element('dd', {}, value))],
  )
  return element('dl', {}, ...rows)
}

/**
 * Something that opens.
 *
 * @param {string} title
 * @param {readonly Node[]} children
 */
export function disclosure(title, ...children) {
  return element('details', {}, element('summary', {}, title), ...children)
}

/** Strokes on a field of 24 by 24. */
const ICONS = {
  passed: 'M5 12.5l5 5L19.5 7',
  failed: 'M6.5 6.5l11 11m0-11l-11 11',
  unknown: 'M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3m0 3.5v.1',
  none: 'M6 12h12',
}

/** @typedef {keyof typeof ICONS} IconName */

/**
 * A mark of a result. It stands beside its word, so it says nothing to a screen reader.
 *
 * @param {IconName} name
 */
export function icon(name) {
  return svg(
    'svg',
    { class: `icon ${name}`, viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    svg('path', { d: ICONS[name] }),
  )
}

/**
 * @template {Element} Made
 * @param {Made} made
 * @param {Attributes} attributes
 * @param {readonly (Node | string)[]} children
 */
function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  made.append(...children.map((child) => (typeof child === 'string' ? visible(child) : child)))
  return made
}
