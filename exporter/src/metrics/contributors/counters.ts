/** The ledger's counters as samples, each with what it shows beyond the ledger. */
import { toNumber } from '@usage-explorer/core/amount'
import type { Counter, Ledger } from '../../ledger/ledger.ts'
import { inTurns } from '../../turns.ts'
import { findMetric } from '../catalogue.ts'
import { createHistograms } from './histograms.ts'
import type { Contributor, Family, Sample } from '../snapshot.ts'

/** Name of the gauge that holds published − ledger of a counter, whether or not the table has one. */
function heldName(counterName: string): string {
  return counterName.replace(/_total$/, '_held')
}

export function contributeCounters(ledger: Pick<Ledger, 'counters'>): Contributor {
  return async () => {
    const histograms = createHistograms()
    const families = new Map<string, Sample[]>()
    const add = (name: string, sample: Sample): void => {
      const samples = families.get(name)
      if (samples === undefined) families.set(name, [sample])
      else samples.push(sample)
    }
    await inTurns(ledger.counters(), (counter) => {
      if (!histograms.take(counter)) addCounter(counter, add)
    })
    for (const { name, samples } of histograms.families()) families.set(name, [...samples])
    return [...families].map(([name, samples]): Family => ({ name, samples }))
  }
}

function addCounter(counter: Counter, add: (name: string, sample: Sample) => void): void {
  const { family, labels, published, bornAt } = counter
  add(family, { labels, value: toNumber(published), startAt: bornAt })
  const held = heldName(family)
  if (findMetric(held) === undefined) return
  const amount = published - counter.ledger
  add(held, { labels, value: amount === 0n ? 0 : toNumber(amount) })
}
