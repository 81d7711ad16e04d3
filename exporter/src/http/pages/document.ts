/** What every page is: an HTML document that needs no script, no image and nothing from anywhere else. Pure. */
import { html, type Html } from './html.ts'
import { ICON, STYLE } from './style.ts'

export function htmlDocument(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="${ICON}" />
        ${STYLE}
      </head>
      <body>
        ${body}
      </body>
    </html>`.text
}
