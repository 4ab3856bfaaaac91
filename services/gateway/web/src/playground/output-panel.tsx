// What the program writes, and a line to answer it on.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { size } from '../frame/figures.ts';
import { log, run, sendFrame, sendText, showOn, takesInput } from './execution.ts';
import { OutputScreen } from './output-screen.ts';

export function OutputPanel() {
  const compile = useRef<HTMLPreElement>(null);
  const program = useRef<HTMLPreElement>(null);
  const dropped = useSignal(0);
  const hasCompileOutput = useSignal(false);
  const isEmpty = useSignal(true);
  useEffect(() => {
    if (compile.current === null || program.current === null) return;
    const compiler = new OutputScreen(compile.current, () => {});
    const written = new OutputScreen(program.current, (characters) => {
      dropped.value = characters;
    });
    showOn({
      append(pieces) {
        isEmpty.value = false;
        const ofCompiler = pieces.filter(({ stage }) => stage === 'compile');
        if (ofCompiler.length > 0) hasCompileOutput.value = true;
        compiler.append(ofCompiler);
        written.append(pieces.filter(({ stage }) => stage !== 'compile'));
      },
      clear() {
        isEmpty.value = true;
        dropped.value = 0;
        hasCompileOutput.value = false;
        compiler.clear();
        written.clear();
      },
    });
    return () => showOn(undefined);
  }, []);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section class="output" data-scroller tabIndex={0} aria-label="Output">
        <div hidden={!hasCompileOutput.value} class="compile-output">
          <h3>Compiler</h3>
          <pre ref={compile} />
        </div>
        {dropped.value > 0 && (
          <p class="dropped">
            The first {size(dropped.value)} are not shown here. The download has all of it.
          </p>
        )}
        <pre ref={program} />
        {isEmpty.value && <EmptyOutput />}
      </section>
      {takesInput.value && run.value.kind === 'running' && <InputLine />}
    </>
  );
}

function EmptyOutput() {
  switch (run.value.kind) {
    case 'idle':
      return (
        <p class="empty">
          Press <kbd>Ctrl</kbd> <kbd>Enter</kbd> to run. What the program writes appears here as it
          comes.
        </p>
      );
    case 'ended':
      return <p class="empty">It wrote nothing.</p>;
    case 'failed':
      return null;
    default:
      return <p class="empty">Nothing yet.</p>;
  }
}

function InputLine() {
  const text = useSignal('');
  const isClosed = useSignal(false);
  const close = () => {
    isClosed.value = sendFrame({ type: 'stdin_close' });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    sendText(`${text.value}\n`);
    text.value = '';
  };
  return (
    <form class="input-line" onSubmit={submit}>
      <label>
        <span aria-hidden="true">›</span>
        <span class="hidden-text">Input for the program</span>
        <input
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          autofocus
          disabled={isClosed.value}
          placeholder={isClosed.value ? 'The input is closed' : 'Type a line, then Enter'}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'd' || !event.ctrlKey) return;
            event.preventDefault();
            close();
          }}
        />
      </label>
      <div class="signals">
        <button type="button" disabled={isClosed.value} title="End of input" onClick={close}>
          Ctrl+D
        </button>
        {['SIGINT', 'SIGTERM', 'SIGKILL'].map((signal) => (
          <button
            key={signal}
            type="button"
            title={`Send ${signal}`}
            onClick={() => sendFrame({ type: 'signal', signal })}
          >
            {signal.slice(3)}
          </button>
        ))}
      </div>
    </form>
  );
}

/** Everything that was written, escapes and binary too, as one file. */
export function DownloadButton() {
  const save = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([...log.value.parts], { type: 'text/plain' }));
    link.download = 'output.txt';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <button
      type="button"
      class="quiet"
      disabled={run.value.kind !== 'ended' && run.value.kind !== 'failed'}
      onClick={save}
    >
      Download
    </button>
  );
}
