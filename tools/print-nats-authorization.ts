// Prints the users of nats-server from the contracts' table of who may do what on the bus, and a user for
// each project that is named: node tools/print-nats-authorization.ts acme shop. Without one, for an example:
// that is deploy/nats/authorization.conf, which `npm run generate` writes.
import { busAccess, busUsers, projectUserName } from '../packages/contracts/src/index.ts';
import {
  type NatsPermissions,
  permissionsOf,
  projectPermissions,
} from '../packages/messaging/src/server/permissions.ts';

const named = process.argv.slice(2);
const projects = named.length > 0 ? named : ['example'];

const list = (subjects: readonly string[]) =>
  `[\n${subjects.map((subject) => `          "${subject}"`).join('\n')}\n        ]`;

function entry(user: string, notes: string, permissions?: NatsPermissions): string {
  const variable = `PILOTLIGHT_NATS_PASSWORD_${user.replaceAll('-', '_').toUpperCase()}`;
  const head = `    # ${notes}\n    {\n      user: "${user}"\n      password: $${variable}\n`;
  if (permissions === undefined) return `${head}    }`;
  const { publish, subscribe } = permissions;
  const deny = publish.deny === undefined ? '' : `\n        deny: ${list(publish.deny)}`;
  return `${head}      permissions: {
        publish: {
        allow: ${list(publish.allow)}${deny}
        }
        subscribe: {
        allow: ${list(subscribe.allow)}
        }
      }
    }`;
}

const users = [
  entry('operator', 'Whoever runs the platform: everything, such as `nats stream info`.'),
  ...busUsers.map((user) => entry(user, busAccess[user].notes, permissionsOf(user))),
  ...projects.map((project) => {
    const notes = `The project "${project}": publishes requests in its own name.`;
    return entry(projectUserName(project), notes, projectPermissions(project));
  }),
];

console.log(`# Generated from packages/contracts/src/bus-access.ts. Do not edit: include it. For the users of your own
# projects: node tools/print-nats-authorization.ts <project> ... > authorization.conf
# Passwords come from the environment. nats-server reads a variable as it would read the configuration, so
# a password should begin with a letter and be made of letters and digits alone.
authorization {
  users: [
${users.join('\n')}
  ]
}`);
