#!/bin/sh
# Makes the build artefacts: the compiler's cache of this project, as a development server leaves it
# that has compiled its page and was idle for a moment, and V8's of Next.js itself.
. /pilotlight/link-project.sh
export TURBO_ENGINE_SNAPSHOT_IDLE_TIMEOUT_MILLIS=200 TURBO_ENGINE_SNAPSHOT_MIN_ACTIVE_TIME_MILLIS=0
# Where images are built, 3000 may be somebody's.
port=$(node --eval '
const server = require("node:net").createServer().listen(0, "127.0.0.1", () => {
  console.log(server.address().port);
  server.close();
});
')
sh /pilotlight/serve.sh "$port" &
node --input-type=module --eval '
import { readdirSync, statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const sizeOf = (folder) => {
  let size = 0;
  for (const { parentPath, name } of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    size += statSync(`${parentPath}/${name}`).size;
  }
  return size;
};

// A request that comes while the server starts may stay unanswered.
const ask = () =>
  fetch(`http://127.0.0.1:${process.argv[1]}/health`, { signal: AbortSignal.timeout(5_000) });

let page;
while (!page?.ok) {
  page = await ask().catch(() => undefined);
  if (page?.status >= 400) throw new Error(await page.text());
  await pause(100);
}
const enough = 1_000_000;
for (let [before, now] = [0, 0]; now < enough || now !== before; await pause(1_000)) {
  [before, now] = [now, sizeOf(".next/dev/cache/turbopack")];
  // The cache is written when the compiler comes to rest; where that was missed, once more.
  if (now < enough) await (await ask()).text();
}
' "$port"
kill -INT $!
wait $! || true
# A process that outlives the server takes these away.
rm -f .next/dev/cache/_events_*
cp -R .next /opt/pilotlight/next
