import { scrape } from './scrape.ts'
const r = await scrape.run(Number(process.argv[2] ?? 1), (l) => console.error(l))
for (const x of r) {
  console.log(x.title)
  for (const row of x.rows) console.log(row.what.padEnd(12), JSON.stringify(row.figures))
}
