// How a function comes onto this page.
import { me } from '../session/me.ts';

export function AddTheSdk() {
  const own = me.value?.role === 'admin' ? undefined : me.value?.project;
  return (
    <section class="panel wide add-the-sdk" aria-labelledby="none-title" data-testid="no-functions">
      <h2 id="none-title">No function has reported a start yet</h2>
      <p>Add the SDK to one, and wrap its handler:</p>
      <Code
        lines={[
          'npm install @pilotlight/analyzer',
          '',
          "const { analyze } = require('@pilotlight/analyzer');",
          'exports.handler = analyze(handler);',
        ]}
      />
      <p>Tell it in its environment where to report, and as whom:</p>
      <Code
        lines={[
          `COLDSTART_ENDPOINT=${location.origin}`,
          `COLDSTART_API_KEY=<a key of ${own === undefined ? 'its project' : `the project ${own}`}>`,
        ]}
      />
      <p class="muted">
        An administrator makes a key with <code>pilotlight keys create</code>. The first report is
        shown here as soon as it comes.
      </p>
    </section>
  );
}

function Code({ lines }: { readonly lines: readonly string[] }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
  return <pre tabIndex={0}>{lines.join('\n')}</pre>;
}
