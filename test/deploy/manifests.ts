/** The Kubernetes manifests, each as the type that its apiVersion and kind name. */
import {
  ServiceMonitor,
  type IServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { StatefulSet, type IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import { NetworkPolicy, type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { Secret, type ISecret } from 'kubernetes-models/v1/Secret'
import { Service, type IService } from 'kubernetes-models/v1/Service'
import { readYaml } from './repository.ts'

export const FOLDER = 'deploy/kubernetes'

/** What we use of kustomize; its schema is in no package. */
export interface Kustomization {
  readonly apiVersion: string
  readonly kind: string
  readonly resources: readonly string[]
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[]
}

// Whether a document has the type is for its schema to say: see `validate`.
const KINDS = {
  'apps/v1 StatefulSet': (document: unknown) => new StatefulSet(document as IStatefulSet),
  'monitoring.coreos.com/v1 ServiceMonitor': (document: unknown) =>
    new ServiceMonitor(document as IServiceMonitor),
  'networking.k8s.io/v1 NetworkPolicy': (document: unknown) => new NetworkPolicy(document as INetworkPolicy),
  'v1 Secret': (document: unknown) => new Secret(document as ISecret),
  'v1 Service': (document: unknown) => new Service(document as IService),
}

/** The module that has the type `I<kind>`. */
export const TYPE_MODULES: Readonly<Record<keyof typeof KINDS, string>> = {
  'apps/v1 StatefulSet': 'kubernetes-models/apps/v1/StatefulSet',
  'monitoring.coreos.com/v1 ServiceMonitor':
    '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
  'networking.k8s.io/v1 NetworkPolicy': 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy',
  'v1 Secret': 'kubernetes-models/v1/Secret',
  'v1 Service': 'kubernetes-models/v1/Service',
}

export interface Manifest {
  readonly file: string
  readonly kind: keyof typeof KINDS
  readonly document: unknown
}

export const kustomization: Kustomization = readYaml(`${FOLDER}/kustomization.yaml`) as Kustomization

/** Every resource of the base. Throws for a kind that no schema is known of. */
export const manifests: readonly Manifest[] = kustomization.resources.map((file) => {
  const document = readYaml(`${FOLDER}/${file}`) as { readonly apiVersion: string; readonly kind: string }
  const kind = `${document.apiVersion} ${document.kind}`
  if (!isKnown(kind)) throw new Error(`${file}: no schema is known of ${kind}`)
  return { file, kind, document }
})

/** Throws with every violation of the schema that the API server would refuse. */
export function validate({ kind, document }: Manifest): void {
  KINDS[kind](document).validate()
}

export const statefulSet: StatefulSet = KINDS['apps/v1 StatefulSet'](only('apps/v1 StatefulSet'))
export const service: Service = KINDS['v1 Service'](only('v1 Service'))
export const serviceMonitor: ServiceMonitor = KINDS['monitoring.coreos.com/v1 ServiceMonitor'](
  only('monitoring.coreos.com/v1 ServiceMonitor'),
)
export const networkPolicy: NetworkPolicy = KINDS['networking.k8s.io/v1 NetworkPolicy'](
  only('networking.k8s.io/v1 NetworkPolicy'),
)
export const secrets: readonly Secret[] = manifests
  .filter(({ kind }) => kind === 'v1 Secret')
  .map(({ document }) => KINDS['v1 Secret'](document))

function only(kind: Manifest['kind']): unknown {
  const [manifest, ...more] = manifests.filter((candidate) => candidate.kind === kind)
  if (manifest === undefined || more.length > 0) throw new Error(`there is not exactly one ${kind}`)
  return manifest.document
}

function isKnown(kind: string): kind is Manifest['kind'] {
  return Object.hasOwn(KINDS, kind)
}
