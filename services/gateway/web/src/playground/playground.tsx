// The playground: write, run, see.
import { signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { Page } from '../frame/page.tsx';
import { Editor } from './editor.tsx';
import { examplesOf } from './examples/index.ts';
import { cancel, isBusy, start } from './execution.ts';
import { FileTabs } from './file-tabs.tsx';
import { languageOf } from './languages.ts';
import { DownloadButton, OutputPanel } from './output-panel.tsx';
import { RunFigures, RunStatus } from './run-status.tsx';
import { runnable } from './runnable.ts';
import { ShareButton } from './share-button.tsx';
import { Timeline } from './timeline.tsx';
import {
  activeId,
  args,
  language,
  openLanguage,
  openProject,
  project,
  stdin,
} from './workspace.ts';

const isInteractive = signal(false);

export function Playground() {
  const runIt = useCallback(() => void start(project.value, isInteractive.value), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented)
        return;
      if (document.querySelector('dialog[open]')) return;
      event.preventDefault();
      runIt();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [runIt]);
  return (
    <Page here="playground">
      <h1 class="hidden-text">Playground</h1>
      <div class="playground">
        <div class="toolbar">
          <LanguageMenu />
          <ExampleMenu />
          <span class="spread" />
          <ShareButton />
          <RunButtons onRun={runIt} />
        </div>
        <section class="panel source" aria-label="Program">
          <FileTabs />
          <div
            id="editor-panel"
            class="editor-panel"
            role="tabpanel"
            aria-labelledby={`tab-${activeId.value}`}
          >
            <Editor onRun={runIt} />
          </div>
          <Inputs />
        </section>
        <section class="panel result" aria-label="Result">
          <div class="result-head">
            <h2>Output</h2>
            <RunStatus />
            <DownloadButton />
          </div>
          <OutputPanel />
          <RunFigures />
          <Timeline />
        </section>
      </div>
    </Page>
  );
}

function LanguageMenu() {
  return (
    <select
      class="menu"
      aria-label="Language"
      value={language.value}
      onChange={(event) => openLanguage(event.currentTarget.value)}
    >
      {runnable.value.map(({ name, version }) => (
        <option key={name} value={name}>
          {languageOf(name).label} {version}
        </option>
      ))}
    </select>
  );
}

function ExampleMenu() {
  const examples = examplesOf(language.value);
  return (
    <select
      class="menu"
      aria-label="Example"
      value=""
      onChange={({ currentTarget }) => {
        const chosen = examples.find(({ name }) => name === currentTarget.value);
        currentTarget.value = '';
        if (chosen === undefined) return;
        isInteractive.value = chosen.isInteractive;
        openProject(chosen.project);
      }}
    >
      <option value="" disabled hidden>
        Examples
      </option>
      {examples.map(({ name, title }) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </select>
  );
}

function RunButtons({ onRun }: { readonly onRun: () => void }) {
  return isBusy.value ? (
    <button key="cancel" type="button" class="danger run" onClick={() => void cancel()}>
      Cancel
    </button>
  ) : (
    <button
      key="run"
      type="button"
      class="primary run"
      title="Run (Ctrl+Enter)"
      aria-keyshortcuts="Control+Enter Meta+Enter"
      onClick={onRun}
    >
      <svg class="runs" viewBox="0 0 10 10" width="11" height="11" aria-hidden="true">
        <path d="M1 0l8 5-8 5z" />
      </svg>
      Run
    </button>
  );
}

function Inputs() {
  // On a phone the output comes first.
  const isOpen = useSignal(!matchMedia('(max-width: 860px)').matches);
  return (
    <details
      class="inputs"
      open={isOpen.value}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>Input and arguments</summary>
      <div class="inputs-body">
        <label class="field">
          <span>Standard input</span>
          <textarea
            rows={3}
            spellcheck={false}
            value={stdin.value}
            onInput={(event) => {
              stdin.value = event.currentTarget.value;
            }}
          />
        </label>
        <div class="inputs-side">
          <label class="field">
            <span>Arguments</span>
            <input
              type="text"
              spellcheck={false}
              autocapitalize="off"
              placeholder={'one "two words"'}
              value={args.value}
              onInput={(event) => {
                args.value = event.currentTarget.value;
              }}
            />
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={isInteractive.value}
              onChange={(event) => {
                isInteractive.value = event.currentTarget.checked;
              }}
            />
            Interactive: type while it runs
          </label>
        </div>
      </div>
    </details>
  );
}
