// The first page.
import { start } from '../frame/start.tsx';
import { parseFragment } from '../session/fragment.ts';
import { Playground } from './playground.tsx';
import { askForLanguages } from './runnable.ts';
import { decodeProject } from './share.ts';
import { openLast, openProject, rememberChanges } from './workspace.ts';
import './playground.css';

openLast();
start(Playground);
askForLanguages();
rememberChanges();
void openShared();
addEventListener('hashchange', () => void openShared());

async function openShared(): Promise<void> {
  const { code } = parseFragment(location.hash);
  if (code === undefined) return;
  const shared = await decodeProject(code);
  if (shared !== undefined) openProject(shared);
}
