/** The page at `/`: where everything is. */

const LINKS: readonly (readonly [path: string, about: string])[] = [
  ['/metrics', 'for Prometheus'],
  ['/api/v1/summary', 'what was spent, in short'],
  ['/api/v1/query', 'usage by time and by any dimension'],
  ['/api/v1/sources', 'how fresh and complete each source is'],
  ['/v1/usage', 'usage by day: start_date, end_date, group_by'],
  ['/readyz', 'whether there is data, and if not, why'],
  ['/healthz', 'whether the process answers'],
]

/** HTML that needs nothing else: no script, style or image. */
export function indexPage(): string {
  const items = LINKS.map(([path, about]) => `<li><a href="${path}">${path}</a> ${about}</li>`)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Usage Explorer</title></head>
<body><h1>Usage Explorer</h1><ul>
${items.join('\n')}
</ul></body>
</html>
`
}
