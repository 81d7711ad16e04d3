/** What a panel asks, in the order in which people think: what, by what, where, how; and the same in words. */
import React from 'react'
import type { QueryEditorProps } from '@grafana/data'
import { Alert, Combobox, InlineField, InlineSwitch, Input, MultiCombobox, Stack, Text } from '@grafana/ui'
import type { UsageDataSource } from '../datasource.ts'
import { LIVE_DIMENSIONS, LIVE_MEASURES } from '../frames/live.ts'
import { titlesOf } from '../frames/naming.ts'
import { isComplete, normalize } from '../query/defaults.ts'
import { comparedName, describeQuery } from '../query/describe.ts'
import { KINDS, type UsageOptions, type UsageQuery } from '../types.ts'
import { FilterRows } from './FilterRows.tsx'
import { KIND_TABLE, RECONCILED_BY } from './kinds.ts'
import { useCatalogue } from './useCatalogue.ts'

type Props = QueryEditorProps<UsageDataSource, UsageQuery, UsageOptions>

const LABEL = 14

export function QueryEditor({ query: given, onChange, onRunQuery, datasource }: Props) {
  const { catalogue, failure } = useCatalogue(datasource)
  const query = normalize(given)
  const kind = KIND_TABLE[query.kind]
  const change = (part: Partial<UsageQuery>) => {
    const changed = { ...query, ...part }
    onChange(changed)
    if (isComplete(changed)) onRunQuery()
  }
  const setKind = (name: UsageQuery['kind']) => {
    const { measures } = KIND_TABLE[name]
    const isOther = measures !== kind.measures && measures !== undefined
    change({
      kind: name,
      ...(isOther ? { measures: measures === 'live' ? ['requests_per_second'] : ['cost'] } : {}),
    })
  }
  const dimensions = (catalogue?.dimensions ?? []).map(({ name, title }) => ({ value: name, label: title }))
  const groups = dimensions.filter(({ value }) => {
    if (query.kind === 'live') return LIVE_DIMENSIONS.includes(value)
    return query.kind !== 'reconciliation' || RECONCILED_BY.includes(value)
  })
  const setGroup = (level: number, value: string | undefined) => {
    const groupBy = [...query.groupBy]
    groupBy.splice(level, 1, ...(value === undefined ? [] : [value]))
    change({ groupBy })
  }
  return (
    <Stack direction="column" gap={0.5}>
      {failure === undefined ? null : (
        <Alert severity="error" title="The exporter does not say what can be asked">
          {failure}
        </Alert>
      )}
      <Stack gap={0.5} wrap="wrap">
        <InlineField label="Show" labelWidth={LABEL} htmlFor="usage-kind">
          <Combobox
            id="usage-kind"
            width={28}
            options={KINDS.map((value) => ({ value, ...labels(KIND_TABLE[value]) }))}
            value={query.kind}
            onChange={({ value }) => setKind(value)}
          />
        </InlineField>
        {kind.measures === undefined ? null : (
          <InlineField
            label="Measures"
            labelWidth={LABEL}
            htmlFor="usage-measures"
            invalid={!isComplete(query)}
          >
            <MultiCombobox
              id="usage-measures"
              width="auto"
              minWidth={28}
              maxWidth={80}
              createCustomValue
              options={
                kind.measures === 'live'
                  ? LIVE_MEASURES.map(({ name, title }) => ({
                      value: name as string,
                      label: title as string,
                    }))
                  : (catalogue?.measures ?? []).map(({ name, title, doc }) => ({
                      value: name,
                      label: title,
                      description: doc,
                    }))
              }
              value={query.measures}
              onChange={(options) => change({ measures: options.map(({ value }) => value) })}
            />
          </InlineField>
        )}
      </Stack>
      {kind.groups === 0 ? null : (
        <Stack gap={0.5} wrap="wrap">
          {[0, 1].slice(0, Math.min(kind.groups, query.groupBy.length + 1)).map((level) => (
            <InlineField
              key={level}
              label={level === 0 ? 'By' : 'and by'}
              labelWidth={level === 0 ? LABEL : 'auto'}
              htmlFor={`usage-group-${level}`}
            >
              <Combobox
                id={`usage-group-${level}`}
                width={28}
                isClearable
                createCustomValue
                placeholder="not split"
                options={groups}
                value={query.groupBy[level] ?? null}
                onChange={(option) => setGroup(level, option?.value)}
              />
            </InlineField>
          ))}
          {kind.top && query.groupBy.length > 0 ? <Top query={query} onChange={change} /> : null}
        </Stack>
      )}
      {kind.groups === 0 && kind.top ? <Top query={query} onChange={change} /> : null}
      {kind.filters ? (
        <FilterRows
          datasource={datasource}
          dimensions={dimensions}
          filters={query.filters}
          onChange={(filters) => change({ filters })}
        />
      ) : null}
      <Stack gap={0.5} wrap="wrap">
        {kind.granularity ? (
          <>
            <InlineField label="Buckets" labelWidth={LABEL} htmlFor="usage-granularity">
              <Combobox
                id="usage-granularity"
                width={16}
                createCustomValue
                options={(catalogue?.granularities ?? ['auto']).map((value) => ({ value, label: value }))}
                value={query.granularity}
                onChange={({ value }) => change({ granularity: value })}
              />
            </InlineField>
            <InlineField
              label="Summed up"
              htmlFor="usage-cumulative"
              tooltip="Each point is the sum of all up to it."
            >
              <InlineSwitch
                id="usage-cumulative"
                value={query.cumulative}
                onChange={({ currentTarget }) => change({ cumulative: currentTarget.checked })}
              />
            </InlineField>
          </>
        ) : null}
        {kind.compare ? (
          <InlineField label="Against" labelWidth={kind.granularity ? 'auto' : LABEL} htmlFor="usage-compare">
            <Combobox
              id="usage-compare"
              width={24}
              isClearable
              createCustomValue
              placeholder="nothing"
              options={(catalogue?.comparisons ?? []).map((value) => ({ value, label: comparedName(value) }))}
              value={query.compare === '' ? null : query.compare}
              onChange={(option) => change({ compare: option?.value ?? '' })}
            />
          </InlineField>
        ) : null}
      </Stack>
      <Text color="secondary" variant="bodySmall">
        {`${describeQuery(query, catalogue === undefined ? new Map() : titlesOf(catalogue))}.`}
      </Text>
    </Stack>
  )
}

function Top({ query, onChange }: { query: UsageQuery; onChange: (part: Partial<UsageQuery>) => void }) {
  return (
    <InlineField label="Largest" htmlFor="usage-top" tooltip="The others become one, named Other.">
      <Input
        // A number typed elsewhere, as by an undo, shows.
        key={query.top}
        id="usage-top"
        type="number"
        width={10}
        min={1}
        max={500}
        defaultValue={query.top}
        onBlur={({ target }) => {
          const top = Number(target.value)
          if (Number.isInteger(top) && top >= 1 && top !== query.top) onChange({ top })
        }}
      />
    </InlineField>
  )
}

function labels({ label, description }: { label: string; description: string }) {
  return { label, description }
}
