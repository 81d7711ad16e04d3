/** Whose the demo keys are. Demo mode has no configuration file, so this stands in for its `keys` and `users`. */
import type { Mappings } from '../config/config.ts'
import { USERS } from './organisation.ts'

/** `scratch` is left out on purpose: the demo shows what `unassigned` looks like. */
export const demoMappings: Mappings = {
  keys: [
    { match: 'search-prod', team: 'search', environment: 'production' },
    { match: 'search-*', team: 'search', environment: 'staging' },
    { match: 'support-bot-prod', team: 'support', environment: 'production' },
    { match: 'support-bot-*', team: 'support', environment: 'staging' },
    { match: 'code-review-prod', team: 'engineering', environment: 'production' },
    { match: 'code-review-*', team: 'engineering', environment: 'development' },
    { match: 'data-pipeline-*', team: 'engineering', environment: 'production' },
    { match: 'disaster-recovery', team: 'engineering', environment: 'production' },
    { match: 'marketing-*', team: 'marketing', environment: 'production' },
    { match: 'research-*', team: 'research', environment: 'development' },
    { match: 'labs-*', team: 'research', environment: 'development' },
  ],
  users: [
    { match: USERS.search, displayName: 'Demo user, search' },
    { match: USERS.support, displayName: 'Demo user, support' },
    { match: USERS.engineering, displayName: 'Demo user, engineering' },
    { match: USERS.marketing, displayName: 'Demo user, marketing' },
    { match: USERS.research, displayName: 'Demo user, research' },
  ],
  projects: [],
  teams: {
    search: { owner: 'search-lead@demo.invalid', costCentre: 'CC-100' },
    support: { owner: 'support-lead@demo.invalid', costCentre: 'CC-200' },
    engineering: { owner: 'engineering-lead@demo.invalid', costCentre: 'CC-300' },
    marketing: { owner: 'marketing-lead@demo.invalid', costCentre: 'CC-400' },
    research: { owner: 'research-lead@demo.invalid', costCentre: 'CC-500' },
  },
}
