/** Which stated dimensions tell what a question asks about: a cut that holds one of them can answer. */
import type { Mappings } from '../config/config.ts'
import type { QuestionDimension, StatedDimension } from '../usage/dimensions.ts'

/**
 * The stated dimensions any one of which tells `dimension`, the most direct first; empty where every cut does.
 * What a mapping resolves is told by whatever its rules read (design §4.4).
 */
export function tellingDimensions(
  dimension: QuestionDimension,
  mappings: Mappings,
): readonly StatedDimension[] {
  switch (dimension) {
    case 'provider':
    case 'account':
    case 'currency':
      return []
    case 'model':
      return ['model', 'description']
    case 'user':
      return ['user', 'api_key']
    case 'team':
    case 'owner':
    case 'cost_centre':
      return dimensionsRead(mappings)
    case 'environment':
      return ['environment', ...dimensionsRead(mappings)]
    case 'project':
    case 'api_key':
    case 'endpoint':
    case 'service':
    case 'type':
      return [dimension]
  }
}

/** What the configured rules read. A key's listed owner stands for a user. */
export function dimensionsRead(mappings: Mappings): readonly StatedDimension[] {
  const read: StatedDimension[] = []
  if (mappings.keys.length > 0) read.push('api_key')
  if (mappings.users.length > 0) read.push('user')
  if (mappings.users.length > 0 && mappings.keys.length === 0) read.push('api_key')
  if (mappings.projects.length > 0) read.push('project')
  return read
}
