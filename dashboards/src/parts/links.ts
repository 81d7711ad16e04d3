/** Links between dashboards: they keep the time and what is chosen. */
import type { Json } from './model.ts'
import { override } from './panels.ts'

const KEPT = '${__url_time_range}&${datasource:queryparam}'

/** From a series or slice: its labels hold the ids. */
export const keyOfSeries: Json = dataLink(
  'Look at this key',
  `/d/usage-api-key?var-api_key=\${__field.labels.api_key}&${KEPT}`,
)
export const teamOfSeries: Json = dataLink(
  'Look at this team',
  `/d/usage-team?var-team=\${__field.labels.team}&${KEPT}`,
)

/** From a row of a table: hidden columns hold the ids. */
export const keyOfRow: Json = override('API key', {
  links: [dataLink('Look at this key', `/d/usage-api-key?var-api_key=\${__data.fields.api_key_id}&${KEPT}`)],
})
export const teamOfRow: Json = override('Team', {
  links: [dataLink('Look at this team', `/d/usage-team?var-team=\${__data.fields.team_id}&${KEPT}`)],
})
export const modelOfRow: Json = override('Model', {
  links: [dataLink('Look at this model', `/d/usage-explorer?var-model=\${__data.fields.model_id}&${KEPT}`)],
})

function dataLink(title: string, url: string): Json {
  return { title, url, targetBlank: false }
}
