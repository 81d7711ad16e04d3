import { DataSourcePlugin } from '@grafana/data'
import { ConfigEditor } from './config/ConfigEditor.tsx'
import { UsageDataSource } from './datasource.ts'
import { QueryEditor } from './editor/QueryEditor.tsx'
import type { UsageOptions, UsageQuery, UsageSecrets } from './types.ts'

export const plugin = new DataSourcePlugin<UsageDataSource, UsageQuery, UsageOptions, UsageSecrets>(
  UsageDataSource,
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
