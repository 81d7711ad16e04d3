/** Whose values a variable has, and together with what. */
import React from 'react'
import type { QueryEditorProps } from '@grafana/data'
import { Combobox, InlineField, Stack } from '@grafana/ui'
import type { UsageDataSource } from '../datasource.ts'
import { FilterRows } from '../editor/FilterRows.tsx'
import { useCatalogue } from '../editor/useCatalogue.ts'
import { normalizeVariable } from '../query/defaults.ts'
import type { UsageOptions, UsageQuery, UsageVariableQuery } from '../types.ts'

type Props = QueryEditorProps<UsageDataSource, UsageQuery, UsageOptions, UsageVariableQuery>

export function VariableEditor({ query, onChange, datasource }: Props) {
  const { catalogue } = useCatalogue(datasource)
  const asked = normalizeVariable(query)
  const dimensions = (catalogue?.dimensions ?? []).map(({ name, title }) => ({ value: name, label: title }))
  const change = (part: Partial<UsageVariableQuery>) => onChange({ ...asked, ...part })
  return (
    <Stack direction="column" gap={1}>
      <InlineField label="Values of" labelWidth={14} htmlFor="usage-variable-dimension">
        <Combobox
          id="usage-variable-dimension"
          width={30}
          options={dimensions}
          value={asked.dimension}
          onChange={({ value }) => change({ dimension: value })}
        />
      </InlineField>
      <FilterRows
        datasource={datasource}
        dimensions={dimensions}
        filters={asked.filters}
        onChange={(filters) => change({ filters })}
      />
    </Stack>
  )
}
