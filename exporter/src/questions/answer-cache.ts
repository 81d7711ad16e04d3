/** Answers as JSON text, kept while what they say holds. */

/** Characters kept in all: some hundred answers of a dashboard. */
const MOST_KEPT = 32 * 1024 * 1024
/** What depends on the clock, such as the age of data, is right to the minute. */
const MINUTE_MS = 60_000

export interface AnswerCache {
  /**
   * The answer to a question, from the cache while the ledger has not changed and the minute is the same. Who asks the
   * same at the same time shares one answer. Failures are not kept.
   *
   * @param question all that the answer depends on, such as path, parameters and teams
   */
  answer(question: readonly unknown[], ask: () => Promise<object | string>): Promise<string>
}

export function createAnswerCache(options: {
  /** Of the ledger. */
  readonly revision: () => number
  readonly now: () => number
  readonly mostKept?: number
}): AnswerCache {
  const { revision, now, mostKept = MOST_KEPT } = options
  // In the order of their last use.
  const kept = new Map<string, { readonly text: Promise<string>; length: number }>()
  let state = ''
  let total = 0

  const drop = (key: string): void => {
    total -= kept.get(key)?.length ?? 0
    kept.delete(key)
  }
  return {
    answer: (question, ask) => {
      const present = `${revision()}/${Math.floor(now() / MINUTE_MS)}`
      if (present !== state) {
        kept.clear()
        total = 0
        state = present
      }
      const key = JSON.stringify(question)
      const known = kept.get(key)
      if (known !== undefined) {
        kept.delete(key)
        kept.set(key, known)
        return known.text
      }
      const text = ask().then((answer) => (typeof answer === 'string' ? answer : JSON.stringify(answer)))
      const entry = { text, length: 0 }
      kept.set(key, entry)
      text.then(
        ({ length }) => {
          if (kept.get(key) !== entry) return
          entry.length = length
          total += length
          for (const [oldest] of kept) {
            if (total <= mostKept) break
            drop(oldest)
          }
        },
        () => {
          if (kept.get(key) === entry) drop(key)
        },
      )
      return text
    },
  }
}
