// Draws a signature's history: a bar from start to end of each certificate's validity, and a line through all
// of them for each moment that matters. The table beside it says the same in words.

/** @import { History, Mark, Validity } from './history.js' */
/** @import { Scale } from './time-scale.js' */
import { svg } from './elements.js'
import { formatDay, formatTime } from './history.js'
import { positionOf, rowsOf, scaleOf, ticksOf } from './time-scale.js'

const EDGE_PX = 10
const LABEL_ROW_PX = 19
const TITLE_PX = 30
const NAME_PX = 18
const BAR_PX = 10
const BAR_GAP_PX = 14
const AXIS_PX = 26
/** Wide enough for name and dates side by side. */
const WIDE_PX = 560
/** Of the fonts that browsers take for the page's, at 12.5 px; texts are cut and laid out by it. */
const CHARACTER_PX = 6.9

/** Shapes as well as colours tell marks apart; each around 0, 0. */
const SHAPES = /** @type {const} */ ({
  signed: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z',
  stamped: 'M0-6.2L6.2 0L0 6.2L-6.2 0z',
  expires: 'M-4.6-4.6h9.2v9.2h-9.2z',
  now: 'M-5.8-4.4h11.6L0 5.8z',
})

/**
 * The picture, as wide as told.
 *
 * @param {History} history
 * @param {number} width in pixels
 */
export function drawTimeLine(history, width) {
  const scale = scaleOf(history, EDGE_PX, width - 2 * EDGE_PX)
  const marks = placeMarks(history.marks, scale)
  const top = (Math.max(-1, ...marks.map(({ row }) => row)) + 1) * LABEL_ROW_PX + 4
  const { bars, bottom } = drawChains(history, scale, top)
  const image = svg(
    'svg',
    {
      class: 'time-line',
      role: 'img',
      'aria-label': describeHistory(history),
      width,
      height: bottom + AXIS_PX,
      viewBox: `0 0 ${width} ${bottom + AXIS_PX}`,
    },
    ...drawAxis(scale, top, bottom),
    ...marks.map((mark) => drawMarkLine(mark, bottom)),
    ...bars,
    ...marks.map(drawMarkLabel),
  )
  return image
}

/**
 * The picture in a sentence each.
 *
 * @param {History} history
 */
export function describeHistory({ chains, marks }) {
  const [leaf] = chains[0]?.validities ?? []
  const validity =
    leaf === undefined
      ? []
      : [`${leaf.name} is valid from ${formatDay(leaf.from)} until ${formatDay(leaf.until)}`]
  const moments = marks.map(({ label, from }) => `${label}: ${formatTime(from)}`)
  return `Time line. ${[...validity, ...moments].join('. ')}. The table below has all of it.`
}

/**
 * @typedef {Mark & { readonly x: number, readonly endX: number, readonly row: number, readonly text: string, readonly textX: number }} PlacedMark
 */

/**
 * @param {readonly Mark[]} marks
 * @param {Scale} scale
 * @returns {readonly PlacedMark[]}
 */
function placeMarks(marks, scale) {
  const right = scale.left + scale.width + EDGE_PX
  const placed = marks.map((mark) => {
    const text = `${mark.label} ${formatDay(mark.from)}`
    const x = positionOf(scale, mark.from)
    const width = text.length * CHARACTER_PX + 22
    // To the right of its line, or to the left where there is no room.
    const textX = x + width <= right ? x - 7 : Math.max(0, x - width + 7)
    return { ...mark, text, x, endX: positionOf(scale, mark.until), textX, width }
  })
  const rows = rowsOf(placed.map(({ textX: x, width }) => ({ x, width })))
  return placed.map((mark, index) => ({ ...mark, row: rows[index] ?? 0 }))
}

/**
 * @param {Scale} scale
 * @param {number} top
 * @param {number} bottom
 */
function drawAxis(scale, top, bottom) {
  const y = bottom + 0.5
  return [
    ...ticksOf(scale).map(({ x, label }) =>
      svg(
        'g',
        { class: 'tick' },
        svg('path', { d: `M${round(x)} ${top}V${y + 4}` }),
        svg('text', { x: keepInside(x, label, scale), y: y + 18, 'text-anchor': 'middle' }, label),
      ),
    ),
    svg('path', { class: 'axis', d: `M0 ${y}H${scale.width + 2 * scale.left}` }),
  ]
}

/**
 * @param {History} history
 * @param {Scale} scale
 * @param {number} top
 */
function drawChains({ chains }, scale, top) {
  const isWide = scale.width >= WIDE_PX
  const bars = []
  let y = top
  for (const { title, validities } of chains) {
    bars.push(svg('text', { class: 'chain', x: 0, y: y + 20 }, title))
    y += TITLE_PX
    for (const validity of validities) {
      bars.push(...drawValidity(validity, scale, y, isWide))
      y += (isWide ? 1 : 2) * NAME_PX + BAR_PX + BAR_GAP_PX
    }
  }
  return { bars, bottom: y }
}

/**
 * @param {Validity} validity
 * @param {Scale} scale
 * @param {number} y
 * @param {boolean} isWide
 */
function drawValidity({ name, role, state, from, until }, scale, y, isWide) {
  const whole = scale.width + 2 * scale.left
  const dates = `${formatDay(from)} – ${formatDay(until)}${state === 'valid' ? '' : `, ${state}`}`
  const room = whole - (isWide ? dates.length * CHARACTER_PX + 24 : 0)
  const barY = y + (isWide ? 1 : 2) * NAME_PX
  return [
    svg('text', { class: 'name', x: 0, y: y + 11 }, cut(`${role}  ${name}`, room)),
    isWide
      ? svg('text', { class: 'dates', x: whole, y: y + 11, 'text-anchor': 'end' }, dates)
      : svg('text', { class: 'dates', x: 0, y: y + 11 + NAME_PX }, dates),
    drawBar(state, from, until, scale, barY),
  ]
}

/**
 * A bar that goes on beyond the picture ends there in a point.
 *
 * @param {Validity['state']} state
 * @param {Date} from
 * @param {Date} until
 * @param {Scale} scale
 * @param {number} y
 */
function drawBar(state, from, until, scale, y) {
  const left = positionOf(scale, from)
  const right = Math.max(left + 2, positionOf(scale, until))
  const middle = y + BAR_PX / 2
  const end = y + BAR_PX
  const startsBefore = from.getTime() < scale.from
  const endsAfter = until.getTime() > scale.until
  const head = startsBefore ? `M0 ${middle}L${round(left)} ${y}` : `M${round(left)} ${y}`
  const tail = endsAfter ? `L${round(right + EDGE_PX)} ${middle}` : ''
  const d = `${head}L${round(right)} ${y}${tail}L${round(right)} ${end}L${round(left)} ${end}Z`
  return svg('path', { class: `bar ${state.replaceAll(' ', '-')}`, d })
}

/**
 * @param {PlacedMark} mark
 * @param {number} bottom
 */
function drawMarkLine({ kind, x, endX, row }, bottom) {
  const top = row * LABEL_ROW_PX + 9
  const width = Math.max(0, endX - x)
  return svg(
    'g',
    { class: `mark ${kind}` },
    ...(width < 2
      ? []
      : [svg('rect', { class: 'interval', x: round(x), y: top, width, height: bottom - top })]),
    svg('path', { class: 'line', d: `M${round(x)} ${top}V${bottom}` }),
  )
}

/** @param {PlacedMark} mark */
function drawMarkLabel({ kind, x, row, text, textX }) {
  const y = row * LABEL_ROW_PX + 9
  const isLeft = textX < x - 7.5
  return svg(
    'g',
    { class: `mark ${kind}` },
    svg('path', { class: 'shape', d: SHAPES[kind], transform: `translate(${round(x)} ${y})` }),
    svg(
      'text',
      { x: round(x + (isLeft ? -11 : 11)), y: y + 4.5, 'text-anchor': isLeft ? 'end' : 'start' },
      text,
    ),
  )
}

/**
 * @param {string} text
 * @param {number} room in pixels
 */
function cut(text, room) {
  const characters = [...text]
  const most = Math.max(4, Math.floor(room / CHARACTER_PX))
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

/**
 * @param {number} x
 * @param {string} label
 * @param {Scale} scale
 */
function keepInside(x, label, { left, width }) {
  const half = (label.length * CHARACTER_PX) / 2
  return round(Math.min(Math.max(x, half), width + 2 * left - half))
}

/** @param {number} x */
function round(x) {
  return Math.round(x * 10) / 10
}
