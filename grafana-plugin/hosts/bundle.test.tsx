/** The built bundle, loaded as Grafana loads it. Runs against the plugin's own `@grafana/*`, and with `npm run hosts` against each version in this folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as data from '@grafana/data'
import * as runtime from '@grafana/runtime'
import * as ui from '@grafana/ui'
import * as React from 'react'
import { createRoot } from 'react-dom/client'
import * as rxjs from 'rxjs'
import { afterEach, describe, expect, test, vi } from 'vitest'

const code = readFileSync(join(import.meta.dirname, '../dist/module.js'), 'utf8')

/** Modules that Grafana gives to plugins, as it does in each version from 11.6 on. */
const SHARED: Record<string, unknown> = {
  '@grafana/data': data,
  '@grafana/runtime': runtime,
  '@grafana/ui': ui,
  module: { uri: 'public/plugins/usageexplorer-usage-datasource/module.js' },
  react: React,
  rxjs,
}

interface Loaded {
  plugin: {
    DataSourceClass: new (settings: object) => object
    components: Record<'QueryEditor' | 'ConfigEditor', React.ComponentType<object>>
  }
}

function load(): { asked: string[]; loaded: Loaded } {
  let result: { asked: string[]; loaded: Loaded } | undefined
  const define = (asked: string[], factory: (...modules: unknown[]) => Loaded) => {
    result = { asked, loaded: factory(...asked.map((name) => SHARED[name])) }
  }
  new Function('define', code)(define)
  if (result === undefined) throw new Error('the bundle defines no module')
  return result
}

// The testing library brings a React of its own: here the host's must draw.
const page = document.body.appendChild(document.createElement('div'))
const root = createRoot(page)
afterEach(() => root.render(null))

describe(`the bundle in @grafana/ui ${process.env.GRAFANA_HOST ?? 'of the plugin'}, React ${React.version}`, () => {
  test('asks for nothing but what every Grafana from 11.6 on gives', () => {
    expect(load().asked.filter((name) => !(name in SHARED))).toEqual([])
  })

  test('is a data source whose editors show', async () => {
    const { DataSourceClass, components } = load().loaded.plugin
    const settings = { url: '', jsonData: {}, secureJsonFields: {}, secureJsonData: {} }
    const datasource = new DataSourceClass({ ...settings, uid: 'x' }) as {
      client: { catalogue: () => Promise<unknown> }
    }
    datasource.client.catalogue = async () => Promise.reject(new Error('Nobody there.'))
    const nothing = () => undefined
    root.render(
      React.createElement('div', null, [
        React.createElement(components.ConfigEditor, {
          ...{ key: 'config', options: settings, onOptionsChange: nothing },
        }),
        React.createElement(components.QueryEditor, {
          ...{ key: 'query', datasource, query: { refId: 'A' }, onChange: nothing, onRunQuery: nothing },
        }),
      ]),
    )
    await vi.waitFor(() => expect(page.textContent).toContain('Nobody there.'), 30_000)
    expect(page.textContent).toContain('Cost over time.')
    expect([...page.querySelectorAll('label')].map((label) => label.textContent)).toEqual(
      expect.arrayContaining([expect.stringContaining('URL')]),
    )
  })
})
