/* global document, getComputedStyle, NodeFilter */
// Runs in the page; the type `Measured` of browser.ts says what it returns.
globalThis.measurePage = () => {
  const WHITE = [255, 255, 255]

  function parts(color) {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number)
    return { rgb: [red, green, blue], alpha: color === 'transparent' ? 0 : alpha }
  }

  const over = ({ rgb, alpha }, below) => rgb.map((value, at) => value * alpha + below[at] * (1 - alpha))

  function background(element) {
    if (element === null) return WHITE
    const { backgroundColor } = getComputedStyle(element)
    const layer = parts(backgroundColor)
    return layer.alpha === 1 ? layer.rgb : over(layer, background(element.parentElement))
  }

  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance and #dfn-contrast-ratio
  function luminance(rgb) {
    const [red, green, blue] = rgb.map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }

  function ratio(color, element) {
    const behind = background(element)
    const [dark, light] = [luminance(over(parts(color), behind)), luminance(behind)].sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }

  function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found = []
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode
      const shown = parentElement.getClientRects().length > 0 && textContent.trim() !== ''
      if (!shown) continue
      const { color, fill } = getComputedStyle(parentElement)
      const drawn = parentElement.localName === 'text'
      found.push({
        text: textContent.trim().replace(/\s+/g, ' '),
        ratio: ratio(drawn ? fill : color, parentElement),
      })
    }
    return found
  }

  const all = (selector) => [...document.querySelectorAll(selector)]
  return {
    checked: ratio('rgb(0, 0, 0)', null),
    width: document.documentElement.scrollWidth,
    tooWide: all('body *')
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth)
      .map(({ outerHTML }) => outerHTML.slice(0, 100)),
    brokenFigures: all('data')
      .filter((element) => element.getClientRects().length > 1)
      .map(({ textContent }) => textContent),
    background: getComputedStyle(document.body).backgroundColor,
    headings: all('h1, h2, h3, h4, h5, h6').map(({ localName }) => Number(localName.slice(1))),
    texts: texts(),
    bars: all('rect.bar').map((bar) => {
      const { fill, stroke } = getComputedStyle(bar)
      const open = bar.classList.contains('open')
      const { height, width } = bar.getBoundingClientRect()
      return { day: bar.dataset.day, open, height, width, ratio: ratio(open ? stroke : fill, bar), fill }
    }),
    gaps: all('rect.gap').length,
  }
}
