/** Finds the servers and tools that some tests want and npm does not bring. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'vitest'

/**
 * Path of a program on PATH, or undefined.
 *
 * @param debianPackage that brings it, for the message
 * @throws Error where it is missing although REQUIRE_SERVERS=1 says that nothing may be passed over
 */
export function findBinary(name: string, debianPackage: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  const found = directories.map((directory) => join(directory, name)).find(isExecutable)
  if (found === undefined && process.env['REQUIRE_SERVERS'] === '1') {
    throw new Error(`${name} is missing: install the Debian package ${debianPackage}`)
  }
  return found
}

/** Tests that run a program; without it one skipped line in the results says what to install. */
export function describeWithBinary(
  name: string,
  debianPackage: string,
  define: (path: string) => void,
): void {
  const path = findBinary(name, debianPackage)
  describe(name, () => {
    if (path === undefined) it.skip(`needs the Debian package ${debianPackage}`)
    else define(path)
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
