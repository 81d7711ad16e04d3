import { describe, expect, it } from 'vitest'
import { SETTINGS } from '../config/settings.ts'
import { type Invocation, parseArguments } from './args.ts'

function text(invocation: Invocation): string {
  return invocation.command === 'print' ? invocation.text : ''
}

describe('the command line', () => {
  it.each([
    [[], undefined],
    [['serve'], undefined],
    [['--config', 'a.yaml'], 'a.yaml'],
    [['--config=a.yaml', 'serve'], 'a.yaml'],
    [['serve', '--config', '-'], '-'],
  ])('%j serves', (argv, configFile) => {
    expect(parseArguments(argv)).toEqual({ command: 'serve', configFile })
  })

  it.each([
    [['--confg', 'a.yaml'], 'there is no such option: --confg; did you mean --config?'],
    [['--verbose'], 'there is no such option: --verbose'],
    [['-x'], 'there is no such option: -x'],
    [['--constructor'], 'there is no such option: --constructor'],
    [['serv'], 'there is no such command; did you mean serve?'],
    [['start'], 'there is no such command'],
    [['serve', 'now'], 'serve takes no further words'],
    [['--config'], '--config needs a value'],
    [['--config='], '--config needs a value'],
    [['--version=2'], '--version takes no value'],
  ])('%j is refused with exit code 2 and a way on', (argv, mistake) => {
    expect(parseArguments(argv)).toEqual({
      command: 'print',
      text: `usage-explorer: ${mistake}\nTry usage-explorer --help.\n`,
      to: 'stderr',
      exitCode: 2,
    })
  })

  it('repeats no value that could be a key', () => {
    for (const argv of [
      ['--key=xai-hidden'],
      ['--key', 'xai-hidden'],
      ['xai-hidden'],
      ['--version=xai-hidden'],
    ]) {
      expect(parseArguments(argv)).toMatchObject({ exitCode: 2 })
      expect(text(parseArguments(argv))).not.toContain('hidden')
    }
  })

  it('tells the version', () => {
    const invocation = parseArguments(['--version'])
    expect(invocation).toMatchObject({ command: 'print', to: 'stdout', exitCode: 0 })
    expect(text(invocation)).toMatch(/^usage-explorer \d+\.\d+\.\d+\n$/)
  })

  it.each([[['--help']], [['-h']], [['serve', '--help', '--whatever']]])('%j teaches', (argv) => {
    const invocation = parseArguments(argv)
    expect(invocation).toMatchObject({ command: 'print', to: 'stdout', exitCode: 0 })
    for (const name of [
      'XAI_MANAGEMENT_KEY_FILE',
      'USAGE_EXPLORER_DEMO',
      ...SETTINGS.map(({ env }) => env),
    ]) {
      expect(text(invocation)).toContain(name)
    }
    expect(
      Math.max(
        ...text(invocation)
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100)
  })
})
