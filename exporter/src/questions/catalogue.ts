/** `GET /api/v1/catalogue`: what can be asked, for editors and checks of a connection. */
import { QUESTION_DIMENSIONS, type QuestionDimension } from '../usage/dimensions.ts'
import { GRANULARITIES } from '../usage/period.ts'
import { COMPARISONS } from './comparison.ts'
import { accountsOf, type Account, type QuestionContext } from './context.ts'
import { ASKED_MEASURES, MEASURE_TABLE, type AskedMeasure, type Unit } from './measures.ts'
import { iso } from './present.ts'

/** JSON. */
export interface Catalogue {
  readonly version: string
  readonly at: string
  /** All data is simulated. */
  readonly demo: boolean
  /** Of questions that name none. */
  readonly zone: string
  readonly measures: readonly {
    readonly name: AskedMeasure
    readonly title: string
    readonly unit: Unit
    readonly doc: string
  }[]
  readonly dimensions: readonly { readonly name: QuestionDimension; readonly title: string }[]
  readonly granularities: readonly string[]
  readonly comparisons: readonly string[]
  /** Those that the asker may see. */
  readonly accounts: readonly Account[]
}

const TITLES: Readonly<Record<QuestionDimension, string>> = {
  provider: 'Provider',
  account: 'Account',
  project: 'Project',
  team: 'Team',
  api_key: 'API key',
  user: 'Member',
  model: 'Model',
  endpoint: 'Endpoint',
  service: 'Service',
  environment: 'Environment',
  owner: 'Owner',
  cost_centre: 'Cost centre',
  currency: 'Currency',
  type: 'Type',
}

export function describeCatalogue(context: QuestionContext, version: string): Catalogue {
  return {
    version,
    at: iso(context.now()),
    demo: context.config.demo,
    zone: context.config.zone,
    measures: ASKED_MEASURES.map((name) => {
      const { title, unit, doc } = MEASURE_TABLE[name]
      return { name, title, unit, doc }
    }),
    dimensions: QUESTION_DIMENSIONS.map((name) => ({ name, title: TITLES[name] })),
    granularities: ['auto', ...GRANULARITIES, 'total'],
    comparisons: COMPARISONS,
    accounts: accountsOf(context),
  }
}
