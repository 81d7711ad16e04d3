/** A process to be killed: commits the answers it is sent, one after the other, and prints the number of each that is durable. */
import process from 'node:process'
import { openLedger } from '../../../exporter/dist/ledger/open.js'

process.once('message', async ({ dataDir, sources, retentionMs, scrapeIntervalMs, reopenEvery, answers }) => {
  let now = 0
  const booking = {
    admit: () => undefined,
    counterFor: (_source, _spec, series) => ({ family: 'cost', labels: { key: series.stated.api_key } }),
    restatementFor: () => undefined,
  }
  const open = () => openLedger({ dataDir, sources, booking, now: () => now, retentionMs, scrapeIntervalMs })
  let ledger
  let reading
  // Questions go on all the time, of whatever is committed.
  const ask = async (open) => {
    for (const { id } of open.sources().flatMap(({ cuts }) => cuts)) {
      const groups = new Map(open.series(id).map((series) => [series.id, 0]))
      await open.sums({ cutId: id, window: { from: 0, to: now + 1 }, groups, bucketStarts: [0] })
    }
  }
  for (const { number, answer } of answers) {
    now = answer.fetchedAt
    ledger ??= await open()
    reading = ask(ledger)
    await ledger.commit(answer)
    // A pipe is written at once, so what is printed outlives the process.
    process.stdout.write(`committed ${number}\n`)
    await ledger.release()
    const published = ledger.counters().reduce((sum, counter) => sum + counter.published, 0n)
    process.stdout.write(`published ${published}\n`)
    // Closing folds the write-ahead log into the file: another moment to die in.
    if (number % reopenEvery === 0) {
      await reading
      await ledger.close()
      ledger = undefined
    }
  }
  process.stdout.write('through\n')
})
