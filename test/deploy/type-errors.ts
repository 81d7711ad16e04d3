/** Checks manifests against the published types, which refuse fields that do not exist; the schemas let them pass. */
import { join } from 'node:path'
import ts from 'typescript'
import { TYPE_MODULES, type Manifest } from './manifests.ts'
import { ROOT } from './repository.ts'

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
}

// Never written: it only has to be where the types are found.
const FILE = join(ROOT, 'test/deploy/manifests.generated.mts')

/** What the compiler says of the manifests written as constants, one line for each problem. */
export function typeErrors(manifests: readonly Manifest[]): readonly string[] {
  const text = manifests
    .map(({ kind, document }, index) => {
      const type = `import('${TYPE_MODULES[kind]}').I${kind.split(' ')[1] ?? ''}`
      return `export const m${index}: ${type} = ${JSON.stringify(document)}`
    })
    .join('\n')
  const source = ts.createSourceFile(FILE, text, ts.ScriptTarget.ES2023)
  const disk = ts.createCompilerHost(OPTIONS)
  const host: ts.CompilerHost = {
    ...disk,
    getSourceFile: (name, ...rest) => (name === FILE ? source : disk.getSourceFile(name, ...rest)),
    fileExists: (name) => name === FILE || disk.fileExists(name),
  }
  const program = ts.createProgram([FILE], OPTIONS, host)
  const diagnostics = [...program.getOptionsDiagnostics(), ...program.getSemanticDiagnostics(source)]
  return diagnostics.map(({ start = 0, messageText }) => {
    const { line } = source.getLineAndCharacterOfPosition(start)
    return `${manifests[line]?.file ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
