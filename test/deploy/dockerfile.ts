/** Reads a Dockerfile and its .dockerignore, as far as ours go. */

export interface Instruction {
  /** In capitals: `COPY`. */
  readonly name: string
  /** `--from=build` is `['from', 'build']`. */
  readonly flags: ReadonlyMap<string, string>
  /** All after the flags, continued lines joined. */
  readonly text: string
  /** The items of the JSON form, else what white space separates. */
  readonly words: readonly string[]
  /** Whether it has the JSON form, which no shell reads. */
  readonly exec: boolean
}

export interface Stage {
  readonly image: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** Throws where something stands before the first FROM. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = []
  for (const line of logicalLines(text)) {
    const instruction = parseInstruction(line)
    if (instruction.name === 'FROM') {
      const [image = '', , name] = instruction.words
      stages.push({ image, name, instructions: [] })
    } else {
      const stage = stages.at(-1)
      if (stage === undefined) throw new Error(`${instruction.name} stands before the first FROM`)
      stage.instructions.push(instruction)
    }
  }
  return stages
}

/** `KEY=value` pairs of ENV or LABEL, quotes removed. */
export function pairsOf(instruction: Instruction): ReadonlyMap<string, string> {
  const pairs = instruction.text.matchAll(/([\w.-]+)=(?:"([^"]*)"|(\S+))/g)
  return new Map([...pairs].map(([, key = '', quoted, bare]) => [key, quoted ?? bare ?? '']))
}

/**
 * Whether a file of the context stays out of the build: the last pattern that matches it or a folder above it decides.
 *
 * @param path from the root of the context, with `/`
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function isIgnored(dockerignore: string, path: string): boolean {
  const parts = path.split('/')
  const ancestry = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'))
  let ignored = false
  for (const line of dockerignore.split('\n')) {
    const pattern = line.trim()
    if (pattern === '' || pattern.startsWith('#')) continue
    const negated = pattern.startsWith('!')
    const expression = patternToExpression(negated ? pattern.slice(1) : pattern)
    if (ancestry.some((candidate) => expression.test(candidate))) ignored = !negated
  }
  return ignored
}

function logicalLines(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line))
  const joined = lines.join('\n').replace(/\\\n\s*/g, ' ')
  return joined.split('\n').filter((line) => line.trim() !== '')
}

function parseInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^\s*(\S+)\s+(.*)$/.exec(line) ?? []
  const flags = new Map<string, string>()
  const text = rest.replace(/^(?:--\S+\s+)*/, (written) => {
    for (const [, key = '', value = ''] of written.matchAll(/--([\w-]+)=?(\S*)/g)) flags.set(key, value)
    return ''
  })
  // HEALTHCHECK has the command's form after CMD.
  const json = /^(?:CMD\s+)?(\[.*\])\s*$/.exec(text)?.[1]
  const words = json === undefined ? text.split(/\s+/) : (JSON.parse(json) as string[])
  return { name: name.toUpperCase(), flags, text, words, exec: json !== undefined }
}

function patternToExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/\*\*\/|\*\*|\*|\?/g, (wildcard) => {
      if (wildcard === '**/') return '(?:.*/)?'
      if (wildcard === '**') return '.*'
      return wildcard === '*' ? '[^/]*' : '[^/]'
    })
  return new RegExp(`^${source}$`)
}
