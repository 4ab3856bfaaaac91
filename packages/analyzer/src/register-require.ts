// `--require @pilotlight/analyzer/register`: the same as for --import, for CommonJS alone and at next to no cost.
import { hookCompile } from './modules/bundled.ts';
import { preload } from './preload.ts';

preload({ compile: hookCompile });
