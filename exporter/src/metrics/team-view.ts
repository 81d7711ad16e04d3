/** What of a snapshot those see who may see only some teams. */
import type { Snapshot } from './snapshot.ts'

/** Only samples whose team is one of `teams`; families that do not tell the team are left out whole. */
export function limitToTeams({ takenAt, families }: Snapshot, teams: readonly string[]): Snapshot {
  return {
    takenAt,
    families: families.flatMap(({ spec, samples }) => {
      const theirs = samples.filter(({ labels }) => teams.includes(labels['team'] ?? ''))
      return spec.labels.includes('team') && theirs.length > 0 ? [{ spec, samples: theirs }] : []
    }),
  }
}
