import { describe, expect, test } from 'vitest'
import { findCallProvider, openAiCompatible } from './providers.ts'
import { recognise, type Gateway } from './recognise.ts'

const litellm = findCallProvider('litellm') ?? openAiCompatible('litellm')
const gateways: Gateway[] = [{ url: new URL('http://llm.internal:4000/proxy'), provider: litellm }]

describe('a request', () => {
  test.each([
    ['https://api.x.ai/v1/chat/completions', 'xai', 'chat', '/v1/chat/completions'],
    ['https://us-east-1.api.x.ai/v1/responses', 'xai', 'responses', '/v1/responses'],
    ['https://api.x.ai/v1/images/generations', 'xai', 'image_generation', '/v1/images/generations'],
    ['https://api.openai.com/v1/embeddings', 'openai', 'embeddings', '/v1/embeddings'],
    ['https://api.openai.com/v1/audio/transcriptions', 'openai', 'audio', '/v1/audio/transcriptions'],
    ['https://api.anthropic.com/v1/messages?beta=true', 'anthropic', 'chat', '/v1/messages'],
    ['https://openrouter.ai/api/v1/chat/completions', 'openrouter', 'chat', '/v1/chat/completions'],
    ['https://api.indoxhub.com/api/v1/chat/completions', 'indoxhub', 'chat', '/v1/chat/completions'],
    [
      'https://acme.openai.azure.com/openai/deployments/gpt4/chat/completions?api-version=1',
      'azure',
      'chat',
      '/v1/chat/completions',
    ],
    [
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
      'gemini',
      'generate_content',
      ':generateContent',
    ],
    ['http://llm.internal:4000/proxy/v1/chat/completions', 'litellm', 'chat', '/v1/chat/completions'],
  ])('to %s is a call of %s', (url, provider, operation, endpoint) => {
    const target = recognise(new URL(url), gateways)
    expect([target?.provider.id, target?.operation, target?.endpoint]).toEqual([
      provider,
      operation,
      endpoint,
    ])
  })

  test.each([
    'https://api.x.ai/v1/models',
    'https://example.org/v1/chat/completions',
    'https://evil-api.x.ai.example.org/v1/chat/completions',
    'https://notapi.openai.com.example/v1/chat/completions',
    'http://llm.internal:4000/proxyother/v1/chat/completions',
    'http://llm.internal:4001/proxy/v1/chat/completions',
    'https://api.openai.com/v1/chat/completions/extra',
  ])('to %s is none', (url) => {
    expect(recognise(new URL(url), gateways)).toBeUndefined()
  })

  test('names its model where the path does', () => {
    const azure = 'https://a.openai.azure.com/openai/deployments/gpt4/chat/completions'
    const gemini = 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent'
    expect(recognise(new URL(azure), [])?.model).toBe('gpt4')
    expect(recognise(new URL(gemini), [])?.model).toBe('gemini-2.5-pro')
  })
})
