// A service with OpenLIT. Arguments: url of the LLM server, url of ours, calls
import { createRequire } from 'node:module'

const [llm, ours, calls] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const openlit = require('openlit').default
const price = { promptPrice: 0.002, completionPrice: 0.008 }
const pricing = { chat: { 'gpt-4o': price, 'grok-4-0709': price } }
openlit.init({
  applicationName: 'theirs',
  environment: 'test',
  otlpEndpoint: ours,
  disableBatch: true,
  pricingJson: JSON.stringify(pricing),
})
const { OpenAI } = require('openai')
const client = new OpenAI({ apiKey: 'sk-0123456789abcdefghij', baseURL: `${llm}/v1`, maxRetries: 0 })
for (let at = 0; at < Number(calls); at++) {
  await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
}
const { metrics } = require('@opentelemetry/api')
await metrics.getMeterProvider().forceFlush?.()
await new Promise((resolve) => setTimeout(resolve, 500))
console.log('done')
process.exit(0)
