// An app that knows nothing of being watched. Run: node [--import …] plain.mjs <url of a server> <calls>
const [url, calls] = process.argv.slice(2)
for (let at = 0; at < Number(calls); at++) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer xai-0123456789abcdefghijklmnop3Xxp',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model: 'grok-4', stream: at % 2 === 0, messages: [] }),
  })
  await response.text()
}
console.log('done')
