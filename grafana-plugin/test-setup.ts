/** What Grafana's components want of a browser and jsdom does not have. */
import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

afterEach(cleanup)

class NothingObserved {
  observe = () => undefined
  unobserve = () => undefined
  disconnect = () => undefined
}

window.matchMedia = (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as never
window.ResizeObserver = NothingObserved
window.IntersectionObserver = NothingObserved as never
// Lists are as wide as their longest text.
HTMLCanvasElement.prototype.getContext = () =>
  ({ measureText: (text: string) => ({ width: text.length * 8 }) }) as never
