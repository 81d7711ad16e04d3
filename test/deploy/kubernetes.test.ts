import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../exporter/src/config/config.ts'
import { type ConfigInput, loadConfig } from '../../exporter/src/config/load.ts'
import { isLoopbackHost, parseListen } from '../../exporter/src/config/network.ts'
import {
  CONFIG_FILE,
  DATA_DIR,
  LISTEN,
  SCRAPE_INTERVAL,
  SETTINGS,
} from '../../exporter/src/config/settings.ts'
import { ACCOUNT_VARIABLES } from '../../exporter/src/config/variables.ts'
import { CATALOGUE } from '../../exporter/src/metrics/catalogue.ts'
import { refusal } from '../support/config-folder.ts'
import { raw, startService } from '../support/http-service.ts'
import { pairsOf, parseDockerfile } from './dockerfile.ts'
import {
  FOLDER,
  kustomization,
  manifests,
  networkPolicy,
  secrets,
  service,
  serviceMonitor,
  statefulSet,
  validate,
  type Manifest,
} from './manifests.ts'
import { packageManifest, read, ROOT } from './repository.ts'
import { typeErrors } from './type-errors.ts'

const NAME_LABEL = { 'app.kubernetes.io/name': 'usage-explorer' }
const image = parseDockerfile(read('Dockerfile')).at(-1)?.instructions ?? []
const imageEnv = Object.fromEntries(
  image.filter(({ name }) => name === 'ENV').flatMap((instruction) => [...pairsOf(instruction)]),
)
const pod = statefulSet.spec?.template.spec
const container = pod?.containers[0]
const port = Number(LISTEN.default.split(':')[1])
const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
const mounts = container?.volumeMounts ?? []

describe('the base', () => {
  it('lists exactly the files that are there', () => {
    const listed = [
      ...kustomization.resources,
      ...kustomization.configMapGenerator.flatMap(({ files }) => files),
    ]
    // The folder beside them, of dashboards, is applied by itself.
    const files = readdirSync(join(ROOT, FOLDER), { withFileTypes: true })
      .flatMap((entry) => (entry.isFile() ? [entry.name] : []))
      .filter((name) => name !== 'kustomization.yaml')
    expect(listed.toSorted()).toEqual(files.toSorted())
    expect(kustomization).toMatchObject({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
    })
  })

  it.each(manifests.map((manifest) => [manifest.file, manifest] as const))(
    '%s is accepted by the schema of its kind',
    (_file, manifest) => expect(() => validate(manifest)).not.toThrow(),
  )

  it('has no field that its kind does not know', { timeout: 60_000 }, () => {
    expect(typeErrors(manifests)).toEqual([])
  })

  it('would not pass with a misspelt or misplaced field', { timeout: 60_000 }, () => {
    const misspelt = (file: string, find: RegExp, put: string): Manifest => {
      const manifest = manifests.find((candidate) => candidate.file === file)
      if (manifest === undefined) throw new Error(`${file} is not in the base`)
      return {
        ...manifest,
        document: JSON.parse(JSON.stringify(manifest.document).replace(find, put)) as unknown,
      }
    }
    const broken = [
      misspelt('statefulset.yaml', /readinessProbe/, 'readynessProbe'),
      misspelt('servicemonitor.yaml', /targetLabel/, 'target_label'),
      misspelt('networkpolicy.yaml', /"protocol":"TCP"/, '"protocol":"HTTP"'),
    ]
    const errors = typeErrors(broken)
    expect(errors.map((line) => line.split(':')[0])).toEqual(broken.map(({ file }) => file))
    const empty: Manifest = {
      file: 'x',
      kind: 'apps/v1 StatefulSet',
      document: { spec: { replicas: 'one' } },
    }
    expect(() => validate(empty)).toThrow(/replicas/)
  })

  it('labels and selects one set of objects', () => {
    const labels = manifests.map(
      ({ document }) => (document as { metadata: { labels: unknown } }).metadata.labels,
    )
    expect(labels).toEqual(manifests.map(() => NAME_LABEL))
    expect(statefulSet.spec?.template.metadata?.labels).toEqual(NAME_LABEL)
    expect(statefulSet.spec?.selector.matchLabels).toEqual(NAME_LABEL)
    expect(service.spec?.selector).toEqual(NAME_LABEL)
    expect(serviceMonitor.spec.selector.matchLabels).toEqual(NAME_LABEL)
    expect(networkPolicy.spec?.podSelector.matchLabels).toEqual(NAME_LABEL)
    expect(statefulSet.spec?.serviceName).toBe(service.metadata?.name)
  })
})

describe('the pod', () => {
  it('is the only one, because one process holds the ledger', () => {
    expect(statefulSet.spec?.replicas).toBe(1)
    expect(pod?.containers).toHaveLength(1)
  })

  it('runs the image of this version as the user of the image', () => {
    expect(container?.image).toBe(`usage-explorer:${packageManifest().version}`)
    const { runAsUser, runAsGroup, fsGroup } = pod?.securityContext ?? {}
    const user = image.find(({ name }) => name === 'USER')?.text
    expect(`${runAsUser ?? ''}:${runAsGroup ?? ''}`).toBe(user)
    expect(fsGroup).toBe(runAsGroup)
  })

  // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
  it('keeps to the restricted pod security standard, with a read-only root and no access to the cluster', () => {
    expect(pod?.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(pod?.automountServiceAccountToken).toBe(false)
    expect([pod?.hostNetwork, pod?.hostPID, pod?.hostIPC]).toEqual([undefined, undefined, undefined])
    const kinds = (pod?.volumes ?? []).flatMap((volume) => Object.keys(volume))
    expect(new Set(kinds)).toEqual(new Set(['name', 'configMap', 'secret', 'emptyDir']))
  })

  it('can write to the folder of the ledger and to /tmp, and nowhere else', () => {
    const writable = mounts.filter(({ readOnly }) => readOnly !== true)
    expect(writable.map(({ mountPath }) => mountPath).toSorted()).toEqual([imageEnv[DATA_DIR.env], '/tmp'])
    const claims = (statefulSet.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name)
    expect(writable.find(({ mountPath }) => mountPath === '/data')?.name).toBe(claims[0])
    const volumes = [...claims, ...(pod?.volumes ?? []).map(({ name }) => name)]
    expect(volumes.toSorted()).toEqual(mounts.map(({ name }) => name).toSorted())
  })

  it('gets its keys readable by its group alone', () => {
    expect(pod?.volumes?.find(({ secret }) => secret !== undefined)?.secret?.defaultMode).toBe(0o440)
  })

  it('is probed, and scraped, at paths that the server answers, under a Host that it lets through', async () => {
    const { url } = await startService()
    const gets = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe].map(
      (probe) => probe?.httpGet,
    )
    expect(gets.map((get) => get?.path)).toEqual(['/healthz', '/healthz', '/readyz'])
    for (const get of gets) {
      expect(get?.port).toBe('http')
      const headers = Object.fromEntries((get?.httpHeaders ?? []).map(({ name, value }) => [name, value]))
      expect(await raw(url + (get?.path ?? ''), headers)).toMatchObject({ status: 200 })
    }
    expect((await fetch(url + (serviceMonitor.spec.endpoints[0]?.path ?? ''))).status).toBe(200)
  })

  it('has more memory than DuckDB may take, and time to stop', () => {
    expect(container?.resources?.limits).toEqual({ memory: '2Gi' })
    expect(read('exporter/src/ledger/database.ts')).toContain("memory_limit: '1GB'")
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(10)
  })
})

describe('the configuration', () => {
  it('uses variables that exist', () => {
    const known = [CONFIG_FILE, ...SETTINGS, ...ACCOUNT_VARIABLES].map((row) => row.env)
    expect(Object.keys(env).length).toBeGreaterThan(0)
    expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([])
  })

  it('listens on every interface at the default port, which port, service, monitor and policy name', () => {
    const listen = parseListen(env[LISTEN.env] ?? '')
    expect(listen).toEqual({ value: { host: '0.0.0.0', port } })
    expect('value' in listen && isLoopbackHost(listen.value.host)).toBe(false)
    expect(container?.ports).toEqual([{ name: 'http', containerPort: port, protocol: 'TCP' }])
    expect(service.spec?.ports).toEqual([{ name: 'http', port, targetPort: 'http', protocol: 'TCP' }])
    expect(serviceMonitor.spec.endpoints.map((endpoint) => endpoint.port)).toEqual(['http'])
    const ingress = networkPolicy.spec?.ingress?.flatMap(({ ports }) => ports ?? [])
    expect(ingress).toEqual([{ port, protocol: 'TCP' }])
  })

  it('is loaded by the exporter as the pod shows it, with a key in place of the placeholder', () => {
    const { accounts, dataDir, demo, listen } = load({ key: 'xai-token-of-a-test' })
    expect(accounts).toMatchObject([{ name: 'production', provider: 'xai' }])
    expect(accounts[0]?.credential.reveal()).toBe('xai-token-of-a-test')
    expect({ dataDir, demo, port: listen.port }).toEqual({
      dataDir: imageEnv[DATA_DIR.env],
      demo: false,
      port,
    })
  })

  it('is refused with the placeholder, which therefore goes to no provider', () => {
    const error = refusal(() => load({}))
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toContain('holds more than a key')
    expect(error.message).not.toContain('REPLACE')
  })

  it('holds no secret but placeholders', () => {
    const values = secrets.flatMap(({ stringData, data }) => Object.values({ ...stringData, ...data }))
    expect(values).toHaveLength(2)
    expect(values.every((value) => value.startsWith('REPLACE ME '))).toBe(true)
  })
})

describe('the scrape', () => {
  const [endpoint] = serviceMonitor.spec.endpoints

  it('takes as long between two as the exporter expects', () => {
    expect(endpoint?.interval).toBe(SCRAPE_INTERVAL.default)
  })

  it('sends a token that a Secret of the base holds', () => {
    const { name, key } = endpoint?.authorization?.credentials ?? { key: '' }
    const secret = secrets.find(({ metadata }) => metadata?.name === name)
    expect(Object.keys(secret?.stringData ?? {})).toEqual([key])
    expect(endpoint?.authorization?.type).toBe('Bearer')
  })

  it('gives each series the same instance for ever and no label that the exporter uses itself', () => {
    // https://prometheus-operator.dev/docs/developer/getting-started/, as its generated scrape configs have them.
    const target = ['namespace', 'service', 'pod', 'container', 'endpoint', 'job', 'instance']
    const rules = endpoint?.relabelings ?? []
    const dropped = rules.filter(({ action }) => action === 'labeldrop').map(({ regex }) => regex ?? '')
    const kept = target.filter((label) => !dropped.some((regex) => new RegExp(`^(?:${regex})$`).test(label)))
    const own = new Set(CATALOGUE.flatMap(({ labels }) => labels))
    expect(kept).toEqual(['namespace', 'job', 'instance'])
    expect(kept.filter((label) => own.has(label))).toEqual([])
    expect(rules).toContainEqual({
      action: 'replace',
      targetLabel: 'instance',
      replacement: 'usage-explorer',
    })
  })
})

describe('the network policy', () => {
  it('lets in the namespace of the monitoring, and out only names and https', () => {
    expect(networkPolicy.spec?.policyTypes).toEqual(['Ingress', 'Egress'])
    expect(networkPolicy.spec?.ingress?.flatMap(({ from }) => from ?? [])).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
    ])
    const out = networkPolicy.spec?.egress?.flatMap(({ ports }) => ports ?? [])
    expect(out?.map(({ port: to, protocol }) => `${protocol ?? ''} ${to ?? ''}`)).toEqual([
      'UDP 53',
      'TCP 53',
      'TCP 443',
    ])
  })
})

/** The configuration as the exporter reads it in the pod; on loopback, so that it needs no token. */
function load({ key }: { readonly key?: string }): Config {
  const files = new Map<string, string>()
  for (const { name, mountPath } of mounts) {
    const volume = pod?.volumes?.find((candidate) => candidate.name === name)
    const generated = kustomization.configMapGenerator.find((map) => map.name === volume?.configMap?.name)
    for (const file of generated?.files ?? []) files.set(join(mountPath, file), read(join(FOLDER, file)))
    const secret = secrets.find(({ metadata }) => metadata?.name === volume?.secret?.secretName)
    for (const [file, value] of Object.entries(secret?.stringData ?? {})) {
      files.set(join(mountPath, file), key ?? value)
    }
  }
  const readFile: ConfigInput['readFile'] = (path) => {
    const text = files.get(path)
    if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' })
    return text
  }
  return loadConfig({ env: { ...imageEnv, ...env, [LISTEN.env]: LISTEN.default }, cwd: '/app', readFile })
}
