/** The real editors and data source in a page of their own, over a running exporter at `/proxy`: for tests in a browser. */
import { createTheme, dateTime, ThemeContext, type DataFrame, type DataQueryRequest } from '@grafana/data'
import { setBackendSrv, setTemplateSrv, type BackendSrvRequest } from '@grafana/runtime'
import React, { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { from, of, switchMap, throwError } from 'rxjs'
import { ConfigEditor } from '../src/config/ConfigEditor.tsx'
import { UsageDataSource } from '../src/datasource.ts'
import { QueryEditor } from '../src/editor/QueryEditor.tsx'
import { normalize } from '../src/query/defaults.ts'
import type { UsageQuery } from '../src/types.ts'
import { VariableEditor } from '../src/variables/VariableEditor.tsx'

setBackendSrv({
  fetch: ({ url }: BackendSrvRequest) =>
    from(fetch(url, { headers: { accept: 'application/json' } })).pipe(
      switchMap((response) => response.json().then((data: unknown) => ({ response, data }))),
      switchMap(({ response: { ok, status, statusText }, data }) =>
        ok ? of({ data }) : throwError(() => ({ status, statusText, data })),
      ),
    ),
} as never)
setTemplateSrv({ replace: (text: string) => text } as never)

const source = new UsageDataSource({ url: '/proxy', jsonData: {} } as never)
const DAYS = 7

function Panel() {
  const [query, setQuery] = useState<UsageQuery>(normalize({ refId: 'A' }))
  const [run, setRun] = useState(0)
  const [frames, setFrames] = useState<DataFrame[]>([])
  const [failure, setFailure] = useState('')
  useEffect(() => {
    const range = { from: dateTime().subtract(DAYS, 'd'), to: dateTime() }
    const request = { targets: [query], range, timezone: 'utc', requestId: 'harness' }
    const asked = source.query(request as unknown as DataQueryRequest<UsageQuery>).subscribe({
      next: ({ data }) => {
        setFrames(data as DataFrame[])
        setFailure('')
      },
      error: (thrown: unknown) => setFailure(String(thrown)),
    })
    return () => asked.unsubscribe()
    // As Grafana does: a query runs when its editor says so.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [run])
  return (
    <>
      <section aria-label="Query editor">
        <QueryEditor
          datasource={source}
          query={query}
          onChange={setQuery}
          onRunQuery={() => setRun(run + 1)}
        />
      </section>
      <section aria-label="Answer">
        <p>{failure}</p>
        <ul>
          {frames.flatMap(({ fields }, frame) =>
            fields
              .filter(({ type }) => type === 'number')
              .map(({ name, config, values }, index) => (
                <li key={`${frame}/${index}`}>
                  {config.displayNameFromDS ?? name}: {values.filter((value) => value !== null).length}{' '}
                  figures
                </li>
              )),
          )}
        </ul>
      </section>
    </>
  )
}

function Page() {
  const [variable, setVariable] = useState({ refId: 'variable', dimension: 'model', filters: [] })
  const [options, setOptions] = useState({ url: '', jsonData: {}, secureJsonFields: {}, secureJsonData: {} })
  return (
    <ThemeContext.Provider value={createTheme()}>
      <Panel />
      <section aria-label="Variable editor">
        <VariableEditor
          datasource={source}
          query={variable}
          onChange={(changed) => setVariable(changed as never)}
          onRunQuery={() => undefined}
        />
        <p>Variable: {variable.dimension}</p>
      </section>
      <section aria-label="Settings">
        <ConfigEditor
          options={options as never}
          onOptionsChange={(changed) => setOptions(changed as never)}
        />
      </section>
    </ThemeContext.Provider>
  )
}

const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<Page />)
