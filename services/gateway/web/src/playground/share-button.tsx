// A link that holds the whole project. Nothing of it is sent anywhere.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { encodeProject } from './share.ts';
import { project } from './workspace.ts';

export function ShareButton() {
  const link = useSignal('');
  const said = useSignal('');
  const dialog = useRef<HTMLDialogElement>(null);
  const share = async () => {
    const code = await encodeProject(project.value);
    link.value = `${location.origin}/#code=${code}`;
    said.value = (await copy(link.value)) ? 'Copied.' : '';
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" onClick={() => void share()}>
        Share
      </button>
      <dialog ref={dialog} class="key-form" aria-labelledby="share-title">
        <form method="dialog">
          <h2 id="share-title">Share by link</h2>
          <p class="muted">
            The link itself holds the files, the input and the arguments as they are now. No server
            keeps them.
          </p>
          <label class="field">
            <span>Link</span>
            <input
              type="text"
              readOnly
              value={link.value}
              onFocus={(event) => event.currentTarget.select()}
            />
          </label>
          <div class="form-end">
            <span role="status" class="muted said">
              {said.value}
            </span>
            <button
              type="button"
              onClick={async () => {
                said.value = (await copy(link.value)) ? 'Copied.' : 'Select the link and copy it.';
              }}
            >
              Copy
            </button>
            <button type="submit" class="primary">
              Done
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

/** False where the browser does not let it, such as on plain http of another machine. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
