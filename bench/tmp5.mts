import { parse } from './parse.ts'
const r = await parse.run(Number(process.argv[2] ?? 1), (l) => console.error(l))
for (const x of r) {
  console.log(x.title)
  for (const row of x.rows) console.log(row.what.padEnd(34), JSON.stringify(row.figures))
}
