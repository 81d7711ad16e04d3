// As plain.mjs, for require().
const http = require('node:http')
const [url, calls] = process.argv.slice(2)
let left = Number(calls)
const next = () => {
  if (left-- === 0) {
    console.log('done')
    return
  }
  const request = http.request(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer xai-0123456789abcdefghijklmnop3Xxp',
      'content-type': 'application/json',
    },
  })
  request.on('response', (response) => response.resume().on('end', next))
  request.end(JSON.stringify({ model: 'grok-4', messages: [] }))
}
next()
