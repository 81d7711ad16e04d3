import { fork } from 'node:child_process'
import { request } from 'node:http'
import { execFileSync } from 'node:child_process'
const c = fork('bench/scrape-server.ts', [process.argv[2]!, '100000'], {
  execArgv: ['--conditions=source', '--import', 'tsx', '--cpu-prof', '--cpu-prof-dir=/tmp/prof2'],
})
const ask = (task: string) =>
  new Promise<any>((r) => {
    c.once('message', (m: any) => r(m.value))
    c.send({ id: 1, task })
  })
await ask('ready')
const { port } = await ask('listen')
for (let i = 0; i < 8; i++) {
  await new Promise<void>((r) => {
    const a = performance.now()
    let first = 0
    request({ host: '127.0.0.1', port, path: '/metrics' }, (x) => {
      x.on('data', () => {
        first ||= performance.now()
      })
      x.on('end', () => {
        console.log('first', (first - a).toFixed(0), 'all', (performance.now() - a).toFixed(0))
        r()
      })
    }).end()
  })
}
c.kill('SIGINT')
setTimeout(() => process.exit(), 1500)
