// Why there is nothing to show, or nothing new.
import { apiKey, asking } from '../session/key.ts';
import { problem } from './reports.ts';

export function Notices() {
  if (apiKey.value === undefined) {
    return (
      <p class="notice">
        Without an API key there is nothing to show.{' '}
        <button
          type="button"
          onClick={() => {
            asking.value = {};
          }}
        >
          Enter a key
        </button>
      </p>
    );
  }
  if (problem.value === undefined) return null;
  return (
    <p class="notice" role="status" data-testid="problem">
      {problem.value} It is asked for again.
    </p>
  );
}
