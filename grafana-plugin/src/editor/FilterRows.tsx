/** Filters: dimension, operator, values that can be searched for. */
import React, { useId } from 'react'
import { Button, Combobox, InlineField, MultiCombobox, Stack, type ComboboxOption } from '@grafana/ui'
import type { UsageDataSource } from '../datasource.ts'
import { HiddenLabel } from './HiddenLabel.tsx'
import { OPERATORS, type Operator, type UsageFilter } from '../types.ts'

interface Props {
  datasource: UsageDataSource
  dimensions: Array<ComboboxOption<string>>
  filters: UsageFilter[]
  onChange: (filters: UsageFilter[]) => void
}

const WORDS: Readonly<Record<Operator, string>> = {
  '=': 'is one of',
  '!=': 'is none of',
  '=~': 'matches',
  '!~': 'does not match',
}

export function FilterRows({ datasource, dimensions, filters, onChange }: Props) {
  const replace = (at: number, filter: UsageFilter) =>
    onChange(filters.map((known, index) => (index === at ? filter : known)))
  return (
    <InlineField
      label="Where"
      labelWidth={14}
      tooltip="Values of one filter are alternatives; filters must all hold."
      grow
    >
      <Stack direction="column" gap={0.5}>
        {filters.map((filter, index) => (
          <FilterRow
            // Filters have no identity of their own but their place.
            key={index}
            datasource={datasource}
            dimensions={dimensions}
            filter={filter}
            others={filters.filter((_, other) => other !== index)}
            label={`Filter ${index + 1}`}
            onChange={(changed) => replace(index, changed)}
            onRemove={() => onChange(filters.filter((_, other) => other !== index))}
          />
        ))}
        <Button
          variant="secondary"
          size="sm"
          icon="plus"
          onClick={() =>
            onChange([...filters, { dimension: dimensions[0]?.value ?? '', operator: '=', values: [] }])
          }
        >
          Add filter
        </Button>
      </Stack>
    </InlineField>
  )
}

interface RowProps extends Pick<Props, 'datasource' | 'dimensions'> {
  filter: UsageFilter
  others: UsageFilter[]
  label: string
  onChange: (filter: UsageFilter) => void
  onRemove: () => void
}

function FilterRow({ datasource, dimensions, filter, others, label, onChange, onRemove }: RowProps) {
  const id = useId()
  const { dimension, operator, values } = filter
  const isExpression = operator === '=~' || operator === '!~'
  const search = async (text: string): Promise<Array<ComboboxOption<string>>> => {
    if (dimension === '' || isExpression) return []
    const found = await datasource.findValues(
      { refId: 'filter', dimension, filters: others },
      [],
      undefined,
      text,
    )
    return found.map(({ text: name, value }) => ({ label: name, value: String(value) }))
  }
  return (
    <Stack gap={0.5} wrap="wrap">
      <HiddenLabel htmlFor={`${id}-dimension`}>{`${label}: dimension`}</HiddenLabel>
      <Combobox
        id={`${id}-dimension`}
        width={20}
        options={dimensions}
        value={dimension}
        onChange={({ value }) => onChange({ ...filter, dimension: value, values: [] })}
      />
      <HiddenLabel htmlFor={`${id}-operator`}>{`${label}: operator`}</HiddenLabel>
      <Combobox
        id={`${id}-operator`}
        width={18}
        options={OPERATORS.map((value) => ({ value, label: WORDS[value] }))}
        value={operator}
        onChange={({ value }) => onChange({ ...filter, operator: value })}
      />
      <HiddenLabel htmlFor={`${id}-values`}>{`${label}: values`}</HiddenLabel>
      <MultiCombobox
        // The list is asked anew for another dimension.
        key={`${dimension} ${operator}`}
        id={`${id}-values`}
        width="auto"
        minWidth={30}
        maxWidth={80}
        createCustomValue
        placeholder={isExpression ? 'an expression, such as prod-.*' : 'any; type to search'}
        options={search}
        value={values.map((value) => ({ value, label: value }))}
        onChange={(options) => onChange({ ...filter, values: options.map(({ value }) => value) })}
      />
      <Button
        variant="secondary"
        icon="times"
        aria-label={`Remove ${label.toLowerCase()}`}
        onClick={onRemove}
      />
    </Stack>
  )
}
