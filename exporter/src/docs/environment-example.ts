/** `.env.example`: every variable, commented out, with what it is for. */
import { fileVariable } from '../config/secrets.ts'
import { SETTINGS, VARIABLES } from '../config/settings.ts'
import { ACCOUNT_VARIABLES } from '../config/variables.ts'

export function environmentExample(): string {
  const settings = SETTINGS.map(({ env, doc, default: standard }) => entry(env, doc, standard))
  const variables = VARIABLES.map(({ env, doc, secret }) =>
    entry(env, secret === true ? `${doc} Or ${fileVariable(env)}: path of a file that holds it.` : doc, ''),
  )
  return [
    '# Every variable of Usage Explorer. Copy it to .env, take the # off what you need, and start with\n' +
      '#   set -a; . ./.env; set +a; npm start\n' +
      '# A file with a key (…_FILE) is safer than a key in a variable, which other processes may see.\n',
    '# --- Accounts\n',
    ...ACCOUNT_VARIABLES.map(({ env, doc }) => entry(env, doc, '')),
    '# --- Settings; docs/reference/config.md has them for the file\n',
    ...settings,
    '# --- Others\n',
    ...variables,
    entry('HTTPS_PROXY', 'Proxy for everything that goes out; NO_PROXY names what goes around it.', ''),
    entry('NODE_EXTRA_CA_CERTS', 'PEM file with further authorities to trust, such as a company proxy.', ''),
  ].join('\n')
}

function entry(name: string, doc: string, standard: string): string {
  return `# ${doc.replaceAll('`', '')}\n#${name}=${standard}\n`
}
