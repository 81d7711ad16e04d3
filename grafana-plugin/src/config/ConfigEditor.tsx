/** Where the exporter is, and how to get in. */
import React, { type ChangeEvent } from 'react'
import type { DataSourcePluginOptionsEditorProps } from '@grafana/data'
import { Field, FieldSet, Input, SecretInput } from '@grafana/ui'
import type { UsageOptions, UsageSecrets } from '../types.ts'

type Props = DataSourcePluginOptionsEditorProps<UsageOptions, UsageSecrets>

const BEARER = 'Bearer '

export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonFields, secureJsonData, url } = options
  const setToken = (token: string) =>
    onOptionsChange({
      ...options,
      // Grafana's proxy adds this header to each request; the token never reaches a browser again.
      jsonData: { ...jsonData, httpHeaderName1: 'Authorization' },
      secureJsonData: { ...secureJsonData, httpHeaderValue1: token === '' ? '' : `${BEARER}${token}` },
    })
  const token = secureJsonData?.httpHeaderValue1?.replace(BEARER, '') ?? ''
  return (
    <FieldSet label="The exporter">
      <Field label="URL" description="Address of the exporter as seen from Grafana's server." required>
        <Input
          id="usage-url"
          width={60}
          placeholder="http://usage-explorer:9477"
          value={url}
          onChange={(event: ChangeEvent<HTMLInputElement>) =>
            onOptionsChange({ ...options, url: event.target.value.trim(), access: 'proxy' })
          }
        />
      </Field>
      <Field
        label="Token"
        description="With the scope read: usage-explorer token create --scope read. With --team it sees only what belongs to those teams. Not needed where the exporter listens on loopback."
      >
        <SecretInput
          id="usage-token"
          width={60}
          placeholder="ue_…"
          value={token}
          isConfigured={secureJsonFields?.httpHeaderValue1 === true}
          onChange={(event: ChangeEvent<HTMLInputElement>) => setToken(event.target.value.trim())}
          onReset={() =>
            onOptionsChange({
              ...options,
              secureJsonFields: { ...secureJsonFields, httpHeaderValue1: false },
              secureJsonData: { ...secureJsonData, httpHeaderValue1: '' },
            })
          }
        />
      </Field>
      <Field
        label="Account"
        description="Questions that name no account are about this one. Leave it empty for all of them."
      >
        <Input
          id="usage-account"
          width={60}
          placeholder="all accounts"
          value={jsonData.account ?? ''}
          onChange={(event: ChangeEvent<HTMLInputElement>) =>
            onOptionsChange({ ...options, jsonData: { ...jsonData, account: event.target.value.trim() } })
          }
        />
      </Field>
    </FieldSet>
  )
}
