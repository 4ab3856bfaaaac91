const { readFileSync } = require('node:fs');

const greeting = process.argv[2] ?? 'Hello';

for (const name of readFileSync(0, 'utf8').trim().split('\n')) {
  console.log(`${greeting}, ${name}!`);
}
