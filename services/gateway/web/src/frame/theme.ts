// Light or dark: the system's choice until somebody makes another.
import { signal } from '@preact/signals';
import { remember } from '../session/storage.ts';

export type Theme = 'light' | 'dark';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** What is shown. */
export const theme = signal<Theme>(current());

systemIsDark.addEventListener('change', () => {
  theme.value = current();
});

/** For this machine, from now on. */
export function chooseTheme(chosen: Theme): void {
  document.documentElement.dataset['theme'] = chosen;
  remember('local', 'theme', chosen);
  theme.value = chosen;
}

function current(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return systemIsDark.matches ? 'dark' : 'light';
}
