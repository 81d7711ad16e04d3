import { DataSourcePlugin } from '@grafana/data'
import { ConfigEditor } from './config/ConfigEditor'
import { UsageDataSource } from './datasource'
import { QueryEditor } from './editor/QueryEditor'
import type { UsageOptions, UsageQuery, UsageSecrets } from './types'

export const plugin = new DataSourcePlugin<UsageDataSource, UsageQuery, UsageOptions, UsageSecrets>(
  UsageDataSource,
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
