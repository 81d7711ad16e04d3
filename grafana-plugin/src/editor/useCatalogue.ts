/** What can be asked, once the exporter has said it. */
import { useEffect, useState } from 'react'
import type { Catalogue } from '../api/contract.ts'
import type { UsageDataSource } from '../datasource.ts'

export function useCatalogue(datasource: UsageDataSource): { catalogue?: Catalogue; failure?: string } {
  const [known, setKnown] = useState<{ catalogue?: Catalogue; failure?: string }>({})
  useEffect(() => {
    let wanted = true
    datasource.client.catalogue().then(
      (catalogue) => wanted && setKnown({ catalogue }),
      (failure: unknown) =>
        wanted && setKnown({ failure: failure instanceof Error ? failure.message : String(failure) }),
    )
    return () => {
      wanted = false
    }
  }, [datasource])
  return known
}
