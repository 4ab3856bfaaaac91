// What happens first on every page.
import { type ComponentType, render } from 'preact';
import { findKey } from '../session/key.ts';
import { checkKeys } from '../session/me.ts';
import './tokens.css';
import './page.css';

/** The key is out of the address bar before anything else is done. */
export function start(Page: ComponentType): void {
  findKey();
  checkKeys();
  addEventListener('hashchange', findKeyInNewLink);
  const place = document.getElementById('page');
  if (place !== null) render(<Page />, place);
}

/** A link with a key that is opened in a tab which shows the page already. */
function findKeyInNewLink(): void {
  if (location.hash.includes('key=')) findKey();
}
