// What all pages have around them.
import type { ComponentChildren } from 'preact';
import { apiKey, asking, dropKey } from '../session/key.ts';
import { KeyForm } from '../session/key-form.tsx';
import { me } from '../session/me.ts';
import { chooseTheme, theme } from './theme.ts';

export interface PageProps {
  readonly here: 'playground' | 'dashboard' | 'functions';
  readonly children: ComponentChildren;
}

export function Page({ here, children }: PageProps) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the {here}
      </a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/favicon.svg" alt="" width="26" height="26" />
          <span>Pilotlight</span>
        </a>
        <nav aria-label="Pages">
          <PageLink href="/" isHere={here === 'playground'} label="Playground" />
          <PageLink href="/dashboard" isHere={here === 'dashboard'} label="Dashboard" />
          <PageLink href="/functions" isHere={here === 'functions'} label="Functions" />
        </nav>
        <div class="top-end">
          <KeyButton />
          <ThemeButton />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <KeyForm />
    </>
  );
}

interface PageLinkProps {
  readonly href: string;
  readonly isHere: boolean;
  readonly label: string;
}

function PageLink({ href, isHere, label }: PageLinkProps) {
  return (
    <a href={href} aria-current={isHere ? 'page' : undefined}>
      {label}
    </a>
  );
}

function KeyButton() {
  if (apiKey.value === undefined) {
    return (
      <button
        type="button"
        class="quiet"
        onClick={() => {
          asking.value = {};
        }}
      >
        Enter key
      </button>
    );
  }
  const project = me.value?.project || me.value?.role;
  return (
    <button
      type="button"
      class="quiet key-button"
      title="Forget this key and enter another"
      aria-label={`Change key${project ? `, now of ${project}` : ''}`}
      onClick={() => dropKey()}
    >
      {project && <span class="project">{project}</span>}
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        <path d="M7 17a4 4 0 1 1 2.8-6.8L17 3v4h-3v3h-3l-1.2 1.2A4 4 0 0 1 7 17ZM6.5 13.5h0" />
      </svg>
    </button>
  );
}

function ThemeButton() {
  const isDark = theme.value === 'dark';
  return (
    <button
      type="button"
      class="quiet icon"
      aria-label="Dark theme"
      aria-pressed={isDark}
      title={isDark ? 'Use the light theme' : 'Use the dark theme'}
      onClick={() => chooseTheme(isDark ? 'light' : 'dark')}
    >
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        {isDark ? (
          <path d="M10 4.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM10 0v2.5M10 17.5V20M0 10h2.5M17.5 10H20M2.9 2.9l1.8 1.8M15.3 15.3l1.8 1.8M2.9 17.1l1.8-1.8M15.3 4.7l1.8-1.8" />
        ) : (
          <path d="M17 12.4A7.5 7.5 0 0 1 7.6 3 7.5 7.5 0 1 0 17 12.4Z" />
        )}
      </svg>
    </button>
  );
}
