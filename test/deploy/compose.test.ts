/** docker-compose.yml and what it mounts. No Docker engine is at hand: nothing is started, everything else is checked. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeWithBinary } from '../support/binaries.ts'
import { exists, isFile, packageManifest, read, readYaml, ROOT } from './repository.ts'

interface Service {
  readonly image: string
  readonly build?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, unknown>>
  readonly command?: readonly string[]
}
interface DataSources {
  readonly datasources: readonly {
    readonly name: string
    readonly uid: string
    readonly type: string
    readonly url: string
    readonly editable: boolean
    readonly secureJsonData?: Readonly<Record<string, string>>
  }[]
}

const compose = readYaml('docker-compose.yml') as {
  services: Readonly<Record<string, Service>>
  volumes: Readonly<Record<string, unknown>>
}
const services = Object.entries(compose.services)
const folder = mkdtempSync(join(tmpdir(), 'compose-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('docker-compose.yml', () => {
  it.each(services)('%s has a pinned image', (_name, { image }) => {
    expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+\.\d+$/)
  })

  it('names the versions of this project', () => {
    const { version } = packageManifest('exporter')
    for (const [, { image, build }] of services)
      if (build !== undefined) expect(image).toMatch(new RegExp(`:${version}$`))
  })

  it('mounts only what there is, and volumes that it declares', () => {
    for (const [, { volumes = [], build }] of services) {
      for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
        if (source.startsWith('.')) expect(exists(source), source).toBe(true)
        else expect(Object.keys(compose.volumes)).toContain(source)
      }
      if (build !== undefined) expect(isFile(join(build, 'Dockerfile')), build).toBe(true)
    }
  })

  it('opens ports on this machine alone', () => {
    for (const [, { ports = [] }] of services)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  it('waits only for services that there are', () => {
    for (const [, { depends_on: others = {} }] of services)
      for (const other of Object.keys(others)) expect(compose.services[other]).toBeDefined()
  })

  it('reaches each service under its name', () => {
    const files = [
      'deploy/compose/prometheus.yml',
      'deploy/compose/alertmanager.yml',
      'dashboards/provisioning/datasources/usage-explorer.yaml',
    ]
    const hosts = files.flatMap((file) =>
      [...read(file).matchAll(/(?:\/\/|\[|: )([a-z]+):\d{2,5}/g)].map(([, host]) => host),
    )
    expect(hosts.length).toBeGreaterThanOrEqual(5)
    for (const host of hosts) expect(Object.keys(compose.services)).toContain(host)
  })
})

describe('what Grafana is provisioned with', () => {
  const { datasources } = readYaml('dashboards/provisioning/datasources/usage-explorer.yaml') as DataSources
  const plugin = JSON.parse(read('grafana-plugin/src/plugin.json')) as { id: string }
  const grafana = compose.services['grafana']

  it('has both data sources, and the token only where it stays on the server', () => {
    expect(datasources.map(({ type, editable }) => [type, editable])).toEqual([
      [plugin.id, false],
      ['prometheus', false],
    ])
    expect(datasources[0]?.secureJsonData?.['httpHeaderValue1']).toBe('Bearer $__file{/tokens/read}')
  })

  it('loads the plugin that is built in, and the dashboards', () => {
    expect(grafana?.environment?.['GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS']).toBe(plugin.id)
    const dockerfile = read('grafana-plugin/Dockerfile')
    expect(dockerfile).toContain(`${grafana?.environment?.['GF_PATHS_PLUGINS'] ?? ''}/${plugin.id}`)
    const { providers } = readYaml('dashboards/provisioning/dashboards/usage-explorer.yaml') as {
      providers: readonly { options: { path: string } }[]
    }
    const mounted = (grafana?.volumes ?? []).map((volume) => volume.split(':')[1])
    for (const { options } of providers) expect(mounted).toContain(options.path)
    const home = grafana?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? ''
    expect(isFile(home.replace('/etc/grafana/dashboards', 'dashboards/json'))).toBe(true)
  })
})

describeWithBinary('promtool', 'prometheus', (promtool) => {
  it('takes the configuration of Prometheus', () => {
    // promtool looks for the token, which only the running service makes.
    const token = join(folder, 'metrics')
    writeFileSync(token, 'token')
    const config = join(folder, 'prometheus.yml')
    const rules = join(ROOT, 'alerts/prometheus')
    writeFileSync(
      config,
      read('deploy/compose/prometheus.yml')
        .replace('/tokens/metrics', token)
        .replace('- rules/', `- ${rules}/`),
    )
    expect(execFileSync(promtool, ['check', 'config', config], { encoding: 'utf8' })).toContain('SUCCESS')
  })
})

describeWithBinary('amtool', 'prometheus-alertmanager', (amtool) => {
  it('takes the configuration of Alertmanager', () => {
    const config = join(folder, 'alertmanager.yml')
    const templates = join(ROOT, 'alerts/alertmanager/templates')
    writeFileSync(
      config,
      read('deploy/compose/alertmanager.yml').replace('/etc/alertmanager/templates', templates),
    )
    const said = execFileSync(amtool, ['check-config', config], { encoding: 'utf8' })
    expect(said).toContain('SUCCESS')
    expect(said).toContain('1 templates')
  })
})

describe('the dashboards as ConfigMaps', () => {
  it('hold every dashboard, under the label that the sidecar looks for', () => {
    const { configMapGenerator, generatorOptions } = readYaml('dashboards/kustomization.yaml') as {
      configMapGenerator: readonly { name: string; files: readonly string[] }[]
      generatorOptions: { labels: Readonly<Record<string, string>> }
    }
    expect(generatorOptions.labels['grafana_dashboard']).toBe('1')
    const files = configMapGenerator.flatMap((one) => one.files)
    for (const file of files) expect(isFile(join('dashboards', file)), file).toBe(true)
    const committed = execFileSync('ls', [join(ROOT, 'dashboards/json')], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(files.map((file) => file.replace('json/', '')).sort()).toEqual(committed.sort())
    // A ConfigMap holds a mebibyte at most.
    for (const file of files) expect(read(join('dashboards', file)).length).toBeLessThan(1_000_000)
    const { resources } = readYaml('deploy/kubernetes/dashboards/kustomization.yaml') as {
      resources: string[]
    }
    for (const resource of resources)
      expect(exists(join('deploy/kubernetes/dashboards', resource))).toBe(true)
  })
})
