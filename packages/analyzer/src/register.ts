// `--import @pilotlight/analyzer/register`: times also what is loaded before the file that calls `analyze`,
// CommonJS and ES modules. On Node without synchronous hooks it starts a loader thread for the latter. With
// COLDSTART_PRINT=1 it prints the tree of load times to stderr when the process ends, which needs no network.
import { hookCompile } from './modules/bundled.ts';
import { followImports } from './modules/follow-imports.ts';
import { preload } from './preload.ts';

preload({ follow: followImports, compile: hookCompile });
