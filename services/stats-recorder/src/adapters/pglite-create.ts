// A process of its own that makes PGlite's files in the directory it is given, and ends.
import { startPglite } from './pglite-engine.ts';

const [, , directory] = process.argv;
if (directory === undefined) throw new Error('usage: pglite-create DIRECTORY');
const database = await startPglite(directory);
await database.close();
