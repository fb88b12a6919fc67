// Draws a signature's history: a bar from start to end of each certificate's validity, and a line through all
// of them for each moment that matters. The table below it says the same in words.

/** @import { History, Mark, Validity } from './history.js' */
/** @import { Scale } from './time-scale.js' */
import { svg } from './elements.js'
import { formatDay, formatTime } from './history.js'
import { positionOf, rowsOf, scaleOf, ticksOf } from './time-scale.js'

/** Room at both ends of the line, into which bars that go on point. */
const EDGE_PX = 10
const LABEL_ROW_PX = 20
const TITLE_PX = 30
const LINE_PX = 17
const BAR_PX = 12
const GAP_PX = 12
const AXIS_PX = 26
/** From this width on names stand beside their bars, in a column as wide as the second says. */
const WIDE_PX = 640
const NAMES_PX = 280
/** A character of the page's fonts at 12.5 px, rather too wide: texts are cut and laid out by it. */
const CHARACTER_PX = 7.4

/** Shapes as well as colours tell marks apart; each around 0, 0. */
const SHAPES = {
  signed: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z',
  stamped: 'M0-6.2L6.2 0L0 6.2L-6.2 0z',
  expires: 'M-4.6-4.6h9.2v9.2h-9.2z',
  now: 'M-5.8-4.4h11.6L0 5.8z',
}

/**
 * The picture, as wide as told.
 *
 * @param {History} history
 * @param {number} width in pixels
 */
export function drawTimeLine(history, width) {
  const namesWidth = width >= WIDE_PX ? NAMES_PX : 0
  const scale = scaleOf(history, namesWidth + EDGE_PX, width - namesWidth - 2 * EDGE_PX)
  const marks = placeMarks(history.marks, scale)
  const top = (Math.max(-1, ...marks.map(({ row }) => row)) + 1) * LABEL_ROW_PX
  const { bars, names, bottom } = drawChains(history, scale, namesWidth, top)
  const height = bottom + AXIS_PX
  return svg(
    'svg',
    {
      class: 'time-line',
      role: 'img',
      'aria-label': describeHistory(history),
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
    },
    ...drawAxis(scale, top, bottom),
    ...bars,
    ...marks.map((mark) => drawMarkLine(mark, bottom)),
    ...names,
    ...marks.map(drawMarkLabel),
  )
}

/**
 * The picture in sentences.
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
 * @typedef {object} Place
 * @property {number} x
 * @property {number} endX
 * @property {number} row
 * @property {boolean} isLeft whether its text stands to the left of its line
 * @property {string} date left out where there is no room
 */

/**
 * @param {readonly Mark[]} marks
 * @param {Scale} scale
 * @returns {readonly (Mark & Place)[]}
 */
function placeMarks(marks, scale) {
  const right = scale.left + scale.width + EDGE_PX
  const placed = marks.map((mark) => {
    const x = positionOf(scale, mark.from)
    const day = ` ${formatDay(mark.from)}`
    const room = { right: right - x, left: x - scale.left + EDGE_PX }
    const date = Math.max(room.right, room.left) < widthOf(mark.label + day) ? '' : day
    const width = widthOf(mark.label + date)
    const isLeft = width > room.right && room.left > room.right
    return { ...mark, x, endX: positionOf(scale, mark.until), isLeft, date, width }
  })
  const rows = rowsOf(
    placed.map(({ x, width, isLeft }) => ({ x: isLeft ? x - width : x - 8, width: width + 8 })),
  )
  return placed.map((mark, index) => ({ ...mark, row: rows[index] ?? 0 }))
}

/** @param {string} label */
function widthOf(label) {
  return label.length * CHARACTER_PX + 14
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
        svg('text', { x: keepInside(x, label, scale), y: y + 19, 'text-anchor': 'middle' }, label),
      ),
    ),
    svg('path', { class: 'axis', d: `M${scale.left - EDGE_PX} ${y}h${scale.width + 2 * EDGE_PX}` }),
  ]
}

/**
 * @param {History} history
 * @param {Scale} scale
 * @param {number} namesWidth 0 where names stand above their bars
 * @param {number} top
 */
function drawChains({ chains }, scale, namesWidth, top) {
  const bars = []
  const names = []
  const room = namesWidth === 0 ? scale.width + 2 * EDGE_PX : namesWidth - EDGE_PX
  let y = top
  for (const { title, validities } of chains) {
    names.push(svg('text', { class: 'chain', x: 0, y: y + 19 }, cut(title, room)))
    y += TITLE_PX
    for (const [index, validity] of validities.entries()) {
      names.push(...drawName(validity, room, y))
      const barY = namesWidth === 0 ? y + 2 * LINE_PX : y + LINE_PX - BAR_PX / 2
      bars.push(drawBar(validity, index === 0, scale, barY))
      y += (namesWidth === 0 ? BAR_PX : 0) + 2 * LINE_PX + GAP_PX
    }
  }
  return { bars, names, bottom: y }
}

/**
 * @param {Validity} validity
 * @param {number} room
 * @param {number} y
 */
function drawName({ name, role, state, from, until }, room, y) {
  const dates = `${formatDay(from)} – ${formatDay(until)}`
  return [
    svg('text', { class: 'name', x: 0, y: y + 12 }, cut(name, room)),
    svg(
      'text',
      { class: 'dates', x: 0, y: y + 12 + LINE_PX },
      state === 'valid now' ? `${role}, ${dates}` : `${dates}, ${state}`,
    ),
  ]
}

/**
 * A bar that goes on beyond the picture ends there in a point.
 *
 * @param {Validity} validity
 * @param {boolean} isFirst the signer's, on which the picture turns
 * @param {Scale} scale
 * @param {number} y
 */
function drawBar({ state, from, until }, isFirst, scale, y) {
  const left = round(positionOf(scale, from))
  const right = round(Math.max(left + 2, positionOf(scale, until)))
  const middle = y + BAR_PX / 2
  const end = y + BAR_PX
  const start = from.getTime() < scale.from ? `M${left - EDGE_PX} ${middle}L` : 'M'
  const tail = until.getTime() > scale.until ? `L${right + EDGE_PX} ${middle}` : ''
  return svg('path', {
    class: `bar ${state.replaceAll(' ', '-')}${isFirst ? ' first' : ''}`,
    d: `${start}${left} ${y}L${right} ${y}${tail}L${right} ${end}L${left} ${end}Z`,
  })
}

/**
 * @param {Mark & Place} mark
 * @param {number} bottom
 */
function drawMarkLine({ kind, x, endX, row }, bottom) {
  const top = row * LABEL_ROW_PX + 9
  const width = round(endX - x)
  const line = svg('path', { class: 'line', d: `M${round(x)} ${top}V${bottom}` })
  // Most timestamps are accurate to a second: too short a time to see.
  const interval =
    width < 2
      ? []
      : [svg('rect', { class: 'interval', x: round(x), y: top, width, height: bottom - top })]
  return svg('g', { class: `mark ${kind}` }, ...interval, line)
}

/** @param {Mark & Place} mark */
function drawMarkLabel({ kind, x, row, label, date, isLeft }) {
  const y = row * LABEL_ROW_PX + 9
  return svg(
    'g',
    { class: `mark ${kind}` },
    svg('path', { class: 'shape', d: SHAPES[kind], transform: `translate(${round(x)} ${y})` }),
    svg(
      'text',
      { x: round(x + (isLeft ? -11 : 11)), y: y + 4.5, 'text-anchor': isLeft ? 'end' : 'start' },
      label,
      svg('tspan', { class: 'dates' }, date),
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
  return round(Math.min(Math.max(x, left + half - EDGE_PX), left + width + EDGE_PX - half))
}

/** @param {number} x */
function round(x) {
  return Math.round(x * 10) / 10
}
