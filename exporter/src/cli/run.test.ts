import { describe, expect, it } from 'vitest'
import { SETTINGS } from '../config/settings.ts'
import { run } from './run.ts'

async function outcome(
  argv: readonly string[],
): Promise<{ out: string; said: string; code: number | undefined }> {
  const result = { out: '', said: '', code: undefined as number | undefined }
  await run(argv, {
    env: {},
    cwd: '/nowhere',
    now: () => 0,
    out: (text) => (result.out += text),
    say: (text) => (result.said += text),
    ask: undefined,
    end: (code) => (result.code = code),
  })
  return result
}

describe('the command line', () => {
  it.each([
    [['--confg', 'a.yaml'], 'there is no such option: --confg; did you mean --config?'],
    [['--verbose'], 'there is no such option: --verbose'],
    [['-x'], 'there is no such option: -x'],
    [['--constructor'], 'there is no such option: --constructor'],
    [['serv'], 'there is no such command; did you mean serve?'],
    [['start'], 'there is no such command'],
    [['serve', 'now'], 'there are more words than the command takes'],
    [['token', 'creat'], 'there is no such command; did you mean create?'],
    [['token', 'list', '--forma', 'json'], 'there is no such option: --forma; did you mean --format?'],
    [['token', 'create'], '--scope is missing'],
    [['--config'], '--config needs a value'],
    [['token', 'revoke'], 'id is missing'],
  ])('%j is refused with exit code 2 and a way on', async (argv, mistake) => {
    expect(await outcome(argv)).toEqual({
      out: '',
      said: `usage-explorer: ${mistake}\nTry usage-explorer --help.\n`,
      code: 2,
    })
  })

  it('says which values an option takes', async () => {
    const { said, code } = await outcome(['token', 'create', '--scope', 'xai-hidden'])
    expect(said).toContain('Allowed choices are metrics, read, ingest, admin')
    expect(code).toBe(2)
  })

  it('repeats no value that could be a key', async () => {
    for (const argv of [
      ['--key=xai-hidden'],
      ['--key', 'xai-hidden'],
      ['xai-hidden'],
      ['serve', 'xai-hidden'],
      ['--version=xai-hidden'],
      ['token', 'create', '--scope', 'xai-hidden'],
      ['token', 'xai-hidden'],
      ['completion', 'xai-hidden'],
    ]) {
      const { said, out } = await outcome(argv)
      expect(said + out, argv.join(' ')).not.toContain('hidden')
    }
  })

  it('tells the version', async () => {
    const { out, code } = await outcome(['--version'])
    expect(out).toMatch(/^usage-explorer \d+\.\d+\.\d+\n$/)
    expect(code).toBeUndefined()
  })

  it('teaches with --help, every variable included, in lines that fit', async () => {
    for (const argv of [['--help'], ['-h']]) {
      const { out, said } = await outcome(argv)
      expect(said).toBe('')
      for (const name of [
        'XAI_MANAGEMENT_KEY_FILE',
        'USAGE_EXPLORER_DEMO',
        ...SETTINGS.map(({ env }) => env),
      ]) {
        expect(out).toContain(name)
      }
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    }
  })

  it.each([
    ['serve'],
    ['check-config'],
    ['accounts'],
    ['accounts remove'],
    ['accounts purge'],
    ['token create'],
    ['token list'],
    ['token revoke'],
    ['query'],
    ['backfill'],
    ['backup'],
    ['restore'],
    ['doctor'],
    ['completion'],
  ])('%s --help says what it is for', async (command) => {
    const { out } = await outcome([...command.split(' '), '--help'])
    expect(out).toContain(`Usage: usage-explorer ${command}`)
    expect(out.split('\n\n')[1]?.length).toBeGreaterThan(20)
  })
})
