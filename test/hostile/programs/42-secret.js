const fs = require('node:fs');
const [own] = process.argv.slice(2);
const places = ['/workspace', '/tmp', '/dev/shm'].filter(fs.existsSync);
const seen = places
  .flatMap((place) => fs.readdirSync(place))
  .filter((name) => name.includes('secret-'));
console.log(seen.length);
fs.writeFileSync(`secret-${own}`, own);
fs.copyFileSync(`secret-${own}`, `/tmp/secret-${own}`);
const left = fs.readdirSync('/tmp').filter((name) => name.includes('secret-'));
console.log(left.map((name) => fs.readFileSync(`/tmp/${name}`, 'utf8')).join());
