// Where moments stand on a line of a given width, which dates are written under it, and which labels get a
// row of their own. Pure: nothing is drawn.

/** @import { History } from './history.js' */

const DAY_MS = 86_400_000
/** A single moment still gets a line. */
const MIN_SPAN_MS = 2 * DAY_MS
/** Of the span, left free at both ends. */
const PADDING = 0.04
/** A year and a month have this much room for their text. */
const TICK_PX = 76
const DAY_STEPS = [1, 2, 7, 14]
const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12_000, 60_000]
const MONTH_DAYS = 30.44
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * @typedef {object} Scale
 * @property {number} from in milliseconds
 * @property {number} until
 * @property {number} left in pixels
 * @property {number} width
 */

/** @typedef {{ readonly x: number, readonly label: string }} Tick */

/**
 * The stretch of time to show: all of the leaf's validity and all marks. Its issuers are valid for decades, in which the
 * rest would be a dot: their bars run out of the picture.
 *
 * @param {History} history
 * @param {number} left
 * @param {number} width
 * @returns {Scale}
 */
export function scaleOf({ chains, marks }, left, width) {
  const [leaf] = chains[0]?.validities ?? []
  const times = [...(leaf === undefined ? [] : [leaf]), ...marks]
    .flatMap(({ from, until }) => [from.getTime(), until.getTime()])
    .filter((time) => !Number.isNaN(time))
  const first = Math.min(...times)
  const span = Math.max(Math.max(...times) - first, MIN_SPAN_MS)
  return { from: first - span * PADDING, until: first + span * (1 + PADDING), left, width }
}

/**
 * Where a moment stands; one outside stands at the end.
 *
 * @param {Scale} scale
 * @param {Date} at
 */
export function positionOf({ from, until, left, width }, at) {
  const share = (at.getTime() - from) / (until - from)
  return left + Math.min(1, Math.max(0, share)) * width
}

/**
 * The dates to write, as many as have room, at the starts of days, months or years.
 *
 * @param {Scale} scale
 * @returns {readonly Tick[]}
 */
export function ticksOf(scale) {
  const days = (scale.until - scale.from) / DAY_MS
  const most = Math.max(1, scale.width / TICK_PX)
  const dayStep = DAY_STEPS.find((step) => days / step <= most)
  const monthStep = MONTH_STEPS.find((step) => days / MONTH_DAYS / step <= most) ?? 60_000
  const starts = dayStep === undefined ? monthStarts(scale, monthStep) : dayStarts(scale, dayStep)
  return starts.map((at) => ({
    x: positionOf(scale, at),
    label: labelOf(at, dayStep === undefined ? monthStep : 0),
  }))
}

/**
 * Puts texts into rows so that none lies on another.
 *
 * @param {readonly { readonly x: number, readonly width: number }[]} texts
 * @returns {readonly number[]} each text's row
 */
export function rowsOf(texts) {
  /** @type {number[]} */
  const rows = []
  for (const [index, text] of texts.entries()) {
    const taken = texts
      .slice(0, index)
      .flatMap((other, at) => (isApart(text, other) ? [] : [rows[at]]))
    let row = 0
    while (taken.includes(row)) row++
    rows.push(row)
  }
  return rows
}

/**
 * @param {{ readonly x: number, readonly width: number }} a
 * @param {{ readonly x: number, readonly width: number }} b
 */
function isApart(a, b) {
  return a.x + a.width < b.x || b.x + b.width < a.x
}

/**
 * @param {Scale} scale
 * @param {number} step
 */
function dayStarts({ from, until }, step) {
  const first = Math.ceil(from / DAY_MS / step) * step
  const count = Math.max(0, Math.floor((until / DAY_MS - first) / step) + 1)
  return Array.from({ length: count }, (_, index) => new Date((first + index * step) * DAY_MS))
}

/**
 * @param {Scale} scale
 * @param {number} step
 */
function monthStarts({ from, until }, step) {
  const start = new Date(from)
  const months = start.getUTCFullYear() * 12 + start.getUTCMonth() + 1
  /** @type {Date[]} */
  const starts = []
  for (let month = Math.ceil(months / step) * step; ; month += step) {
    const at = new Date(0)
    at.setUTCFullYear(Math.floor(month / 12), month % 12, 1)
    if (!(at.getTime() <= until)) return starts
    starts.push(at)
  }
}

/**
 * @param {Date} at
 * @param {number} monthStep 0 for steps of days
 */
function labelOf(at, monthStep) {
  const year = String(at.getUTCFullYear())
  const month = MONTHS[at.getUTCMonth()] ?? ''
  if (monthStep === 0) return `${at.getUTCDate()} ${month} ${year.slice(-2)}`
  return monthStep % 12 === 0 ? year : `${month} ${year}`
}
