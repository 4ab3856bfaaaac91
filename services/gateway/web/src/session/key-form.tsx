// The dialog that asks for an API key.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { asking, useKey } from './key.ts';

export function KeyForm() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = asking.value !== undefined;
  useEffect(() => {
    if (isOpen && !dialog.current?.open) dialog.current?.showModal();
    if (!isOpen) dialog.current?.close();
  }, [isOpen]);
  const close = () => {
    asking.value = undefined;
  };
  return (
    <dialog ref={dialog} class="key-form" aria-labelledby="key-title" onClose={close}>
      {isOpen && <Form problem={asking.value?.problem} />}
    </dialog>
  );
}

function Form({ problem }: { readonly problem: string | undefined }) {
  const typed = useSignal('');
  const isKept = useSignal(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const key = typed.value.trim();
    if (key !== '') useKey(key, { isKept: isKept.value });
  };
  return (
    <form onSubmit={submit}>
      <h2 id="key-title">Your API key</h2>
      <p class="muted">
        It starts with <code>csa_</code>. On your own machine <code>npm start</code> prints a link
        that has it inside; an administrator makes one with <code>pilotlight keys create</code>.
      </p>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <label class="field">
        <span>API key</span>
        <input
          type="password"
          name="api-key"
          autocomplete="off"
          spellcheck={false}
          required
          autofocus
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={isKept.value}
          onChange={(event) => {
            isKept.value = event.currentTarget.checked;
          }}
        />
        Remember on this machine
      </label>
      <p class="muted small">Otherwise it is forgotten when this tab is closed.</p>
      <div class="form-end">
        <button type="submit" class="primary">
          Use this key
        </button>
      </div>
    </form>
  );
}
