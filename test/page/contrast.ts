// Runs in the browser: texts whose colour is too near to that of the ground behind them (WCAG 2.2, 1.4.3).

/** A text and its contrast. */
export interface FaintText {
  readonly text: string
  readonly contrast: number
}

/**
 * Finds them. It is sent to the page as text, so it uses nothing from outside of itself.
 *
 * @param least - contrast that every text must have
 */
export function findFaintTexts(least: number): FaintText[] {
  const partsOf = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminanceOf = (color: string): number => {
    const [r = 0, g = 0, b = 0] = partsOf(color).map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = (element: Element | null): string => {
    if (element === null) return 'rgb(255, 255, 255)'
    const { backgroundColor } = getComputedStyle(element)
    return partsOf(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor
  }
  const contrastOf = (color: string, ground: string): number => {
    const [light = 0, dark = 0] = [luminanceOf(color), luminanceOf(ground)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
  const found: FaintText[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let texts = 0
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement
    const text = node.textContent?.trim() ?? ''
    if (parent === null || text === '' || !parent.checkVisibility()) continue
    texts += 1
    const style = getComputedStyle(parent)
    const color = parent instanceof SVGElement ? style.fill : style.color
    const contrast = contrastOf(color, groundOf(parent))
    if (!(contrast >= least)) found.push({ text, contrast })
  }
  for (const input of document.querySelectorAll('input')) {
    const placeholder = getComputedStyle(input, '::placeholder').color
    const contrast = contrastOf(placeholder, groundOf(input))
    if (!(contrast >= least)) found.push({ text: `placeholder of ${input.id}`, contrast })
  }
  // A page without texts has no faint ones.
  return texts < 20 ? [{ text: `only ${texts} texts`, contrast: 0 }] : found
}
