// The files of the project as tabs: the first is run.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { problemWithPath } from './project.ts';
import { activeId, addFile, deleteFile, files, type OpenFile, rename } from './workspace.ts';

export function FileTabs() {
  const renaming = useSignal<number | undefined>(undefined);
  const active = files.value.find(({ id }) => id === activeId.value);
  return (
    <div class="files">
      <div class="tabs" role="tablist" aria-label="Files, the first is run">
        {files.value.map((file, index) =>
          renaming.value === file.id ? (
            <RenameField key={file.id} file={file} onDone={() => (renaming.value = undefined)} />
          ) : (
            <FileTab
              key={file.id}
              {...{ file, isRun: index === 0, onRename: () => (renaming.value = file.id) }}
            />
          ),
        )}
      </div>
      <div class="tab-actions">
        <button
          type="button"
          class="quiet icon"
          aria-label="Add a file"
          title="Add a file"
          onClick={() => {
            renaming.value = addFile();
          }}
        >
          <Icon path="M10 4v12M4 10h12" />
        </button>
        <button
          type="button"
          class="quiet icon"
          aria-label={`Rename ${active?.path}`}
          title="Rename this file (F2)"
          onClick={() => {
            renaming.value = active?.id;
          }}
        >
          <Icon path="M12.5 4.5l3 3L7 16H4v-3l8.5-8.5Z" />
        </button>
        <button
          type="button"
          class="quiet icon"
          disabled={files.value.length === 1}
          aria-label={`Delete ${active?.path}`}
          title="Delete this file"
          onClick={() => active && deleteFile(active.id)}
        >
          <Icon path="M4 6h12M8 6V4h4v2M6 6l.6 10h6.8L14 6" />
        </button>
      </div>
    </div>
  );
}

interface FileTabProps {
  readonly file: OpenFile;
  readonly isRun: boolean;
  readonly onRename: () => void;
}

function FileTab({ file, isRun, onRename }: FileTabProps) {
  const isActive = file.id === activeId.value;
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    if (event.key === 'F2') onRename();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    const at = files.value.findIndex(({ id }) => id === file.id);
    const next = files.value.at((at + step) % files.value.length);
    if (next === undefined) return;
    activeId.value = next.id;
    const tab = document.getElementById(`tab-${next.id}`);
    queueMicrotask(() => tab?.focus());
  };
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${file.id}`}
      class="tab"
      aria-selected={isActive}
      aria-controls="editor-panel"
      tabIndex={isActive ? 0 : -1}
      title={isRun ? `${file.path} is run` : file.path}
      onClick={() => {
        activeId.value = file.id;
      }}
      onDblClick={onRename}
      onKeyDown={onKeyDown}
    >
      {isRun && (
        <svg class="runs" viewBox="0 0 10 10" width="8" height="8" aria-hidden="true">
          <path d="M1 0l8 5-8 5z" />
        </svg>
      )}
      {file.path}
    </button>
  );
}

function RenameField({ file, onDone }: { readonly file: OpenFile; readonly onDone: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => field.current?.select(), []);
  const check = (path: string) => {
    const others = files.value.filter(({ id }) => id !== file.id).map((other) => other.path);
    problem.value = problemWithPath(path, others);
  };
  const done = (path: string) => {
    check(path);
    if (problem.value === undefined) rename(file.id, path);
    onDone();
  };
  return (
    <span class="rename">
      <input
        ref={field}
        aria-label="File name"
        aria-invalid={problem.value !== undefined}
        defaultValue={file.path}
        spellcheck={false}
        onInput={(event) => check(event.currentTarget.value.trim())}
        onKeyDown={(event) => {
          if (event.key === 'Enter') done(event.currentTarget.value.trim());
          if (event.key === 'Escape') onDone();
        }}
        onBlur={(event) => done(event.currentTarget.value.trim())}
      />
      {problem.value !== undefined && (
        <span class="rename-problem problem" role="alert">
          {problem.value}
        </span>
      )}
    </span>
  );
}

function Icon({ path }: { readonly path: string }) {
  return (
    <svg viewBox="0 0 20 20" width="17" height="17" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
