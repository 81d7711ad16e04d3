/** The part of the page that says where everything is. */
import { DAY } from '../../../clock.ts'
import type { StatusView } from './answers.ts'
import { html, type Html } from '../html.ts'

export function linksSection({ at }: StatusView): Html {
  const date = (instant: number): string => new Date(instant).toISOString().slice(0, 10)
  const links: readonly (readonly [path: string, address: string, about: string])[] = [
    ['/metrics', '/metrics', 'for Prometheus'],
    ['/budgets', '/budgets', 'what may be spent, and where that stands'],
    ['/api/v1/summary', '/api/v1/summary', 'what this page shows, exactly, as JSON'],
    [
      '/api/v1/query',
      '/api/v1/query?from=now-7d&measures=cost&group_by=model&granularity=day',
      'usage by time and by any dimension: here seven days by model',
    ],
    ['/api/v1/sources', '/api/v1/sources', 'how fresh and complete each source is'],
    [
      '/v1/usage',
      `/v1/usage?start_date=${date(at - 6 * DAY)}&end_date=${date(at)}&group_by=day`,
      'usage by day, model, key or team: here seven days',
    ],
    ['/readyz', '/readyz', 'whether there is data, and if not, why'],
    ['/healthz', '/healthz', 'whether the process answers'],
  ]
  return html`<section aria-labelledby="links">
    <h2 id="links">Where everything is</h2>
    <dl class="links">
      ${links.map(
        ([path, address, about]) =>
          html`<div>
            <dt><a href="${address}">${path}</a></dt>
            <dd>${about}</dd>
          </div> `,
      )}
    </dl>
    <p>
      The documentation comes with the software: <code>docs/guides/prometheus.md</code> (scrape it),
      <code>docs/guides/xai.md</code> (connect an account), <code>docs/how-the-numbers-are-kept.md</code>, and
      <code>docs/reference/</code> (settings, metrics, errors).
    </p>
  </section>`
}
