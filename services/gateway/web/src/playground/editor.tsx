// The code editor: one view, and one state for each file, so that each keeps its own history.
import { indentWithTab } from '@codemirror/commands';
import { indentUnit } from '@codemirror/language';
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import { useSignalEffect } from '@preact/signals';
import { basicSetup, EditorView } from 'codemirror';
import { useEffect, useRef } from 'preact/hooks';
import { editorLook } from './editor-look.ts';
import { languageOfFile } from './languages.ts';
import { activeId, edit, files, type OpenFile } from './workspace.ts';

/** `onRun` is called by Ctrl+Enter, or Cmd+Enter on a Mac. */
export function Editor({ onRun }: { readonly onRun: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<FileEditor>(null);
  useEffect(() => {
    if (place.current === null) return;
    const made = new FileEditor(place.current, onRun);
    editor.current = made;
    return () => made.close();
  }, [onRun]);
  useSignalEffect(() => {
    const open = files.value;
    const active = open.find(({ id }) => id === activeId.value);
    if (active !== undefined) editor.current?.show(active, open);
  });
  return (
    <>
      <div ref={place} class="editor" />
      <p id="editor-hint" class="hidden-text">
        Tab indents. To leave the editor, press Escape and then Tab.
      </p>
    </>
  );
}

interface OpenState {
  state: EditorState;
  path: string;
}

class FileEditor {
  readonly #view: EditorView;
  readonly #states = new Map<number, OpenState>();
  readonly #language = new Compartment();
  readonly #common: Extension;
  #shown: number | undefined;

  constructor(parent: HTMLElement, onRun: () => void) {
    const run = () => {
      onRun();
      return true;
    };
    this.#common = [
      Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
      basicSetup,
      keymap.of([indentWithTab]),
      indentUnit.of('    '),
      EditorState.tabSize.of(4),
      EditorView.lineWrapping,
      EditorView.cspNonce.of(nonceOfPage()),
      EditorView.contentAttributes.of({
        'aria-label': 'Source code',
        'aria-describedby': 'editor-hint',
      }),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged && this.#shown !== undefined) edit(this.#shown, state.doc.toString());
      }),
      editorLook,
    ];
    // With a state from the start: its nonce is that of the first style element.
    const state = this.#stateFor(files.peek().find(({ id }) => id === activeId.peek()));
    this.#view = new EditorView({ parent, state });
  }

  /** `open` is all that is open: states of other files are let go. */
  show(file: OpenFile, open: readonly OpenFile[]): void {
    for (const id of this.#states.keys()) {
      if (!open.some((other) => other.id === id)) this.#states.delete(id);
    }
    const known = this.#states.get(file.id);
    const isRenamed = known !== undefined && known.path !== file.path;
    if (this.#shown === file.id && !isRenamed) return;
    if (this.#shown !== file.id) this.#switchTo(file, known);
    this.#states.set(file.id, { state: this.#view.state, path: file.path });
    void this.#highlight(file);
  }

  close(): void {
    this.#view.destroy();
  }

  #switchTo(file: OpenFile, known: OpenState | undefined): void {
    const left = this.#shown === undefined ? undefined : this.#states.get(this.#shown);
    if (left !== undefined) left.state = this.#view.state;
    this.#shown = file.id;
    this.#view.setState(known?.state ?? this.#stateFor(file));
  }

  #stateFor(file: OpenFile | undefined): EditorState {
    return EditorState.create({
      doc: file?.content ?? '',
      extensions: [this.#common, this.#language.of([])],
    });
  }

  async #highlight(file: OpenFile): Promise<void> {
    const extension = (await languageOfFile(file.path)?.load()) ?? [];
    if (this.#shown !== file.id) return;
    this.#view.dispatch({ effects: this.#language.reconfigure(extension) });
  }
}

/** The one that the content security policy of this page lets style elements carry. */
function nonceOfPage(): string {
  return document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
