/** `/docs`: the API for people to read, made from the routes themselves. Needs nothing from anywhere else. Pure. */
import { ERRORS } from '../../errors.ts'
import type { ParameterDoc } from '../../questions/parameters.ts'
import type { Route } from '../route.ts'
import { htmlDocument } from './document.ts'
import { html, type Html } from './html.ts'

export function renderDocs(routes: readonly Route[], version: string): string {
  const body = html`
    <header>
      <h1>The API</h1>
      <p>Version ${version}. <a href="/">Status</a> · <a href="/openapi.json">OpenAPI 3.1</a></p>
    </header>
    <main>
      <p>
        Amounts are decimal strings, exact; instants are ISO 8601 in UTC; null is unknown, 0 is a zero that
        was stated. A token goes into <code>Authorization: Bearer …</code>; on loopback nothing that only
        reads needs one.
      </p>
      ${routes.map(section)}
      <section>
        <h2>Errors</h2>
        <p>Each is <code>{"error": {"code", "message", "remedy"}}</code>.</p>
        <table>
          <thead>
            <tr>
              <th>Code</th>
              <th>What to do</th>
            </tr>
          </thead>
          <tbody>
            ${Object.entries(ERRORS).map(
              ([code, { remedy }]) =>
                html`<tr>
                  <td><code>${code}</code></td>
                  <td>${remedy}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </section>
    </main>
  `
  return htmlDocument('Usage Explorer: the API', body)
}

function section({ method, path, summary, access, parameters = {}, produces }: Route): Html {
  const rows = Object.entries(parameters)
  const who =
    access === 'open'
      ? 'Anybody may ask.'
      : `Scope: ${access.scope}; a token tied to teams is ${access.teams === 'limited' ? 'answered with what is theirs' : 'refused'}.`
  return html`<section>
    <h2><code>${method} ${path}</code></h2>
    <p>${summary} ${who} Answers with ${produces}.</p>
    ${
      rows.length === 0
        ? ''
        : html`<table>
            <thead>
              <tr>
                <th>Parameter</th>
                <th>What it takes</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map(parameterRow)}
            </tbody>
          </table>`
    }
  </section>`
}

function parameterRow([name, { doc, required, choice, many }]: readonly [string, ParameterDoc]): Html {
  return html`<tr>
    <td><code>${name}</code></td>
    <td>
      ${required === true ? 'Required. ' : ''}${doc}
      ${choice === undefined ? '' : html`One${many === true ? ' or more' : ''} of ${choice.join(', ')}.`}
    </td>
  </tr>`
}
