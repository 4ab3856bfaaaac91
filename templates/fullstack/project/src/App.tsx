import { type FormEvent, useEffect, useState } from 'react';
import type { Note } from '../server/notes.ts';

export function App() {
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [text, setText] = useState('');

  useEffect(() => {
    void fetch('/api/notes')
      .then((response) => response.json())
      .then(setNotes);
  }, []);

  async function add(event: FormEvent) {
    event.preventDefault();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ text });
    const response = await fetch('/api/notes', { method: 'POST', headers, body });
    if (!response.ok) return;
    setNotes([...notes, await response.json()]);
    setText('');
  }

  return (
    <main>
      <h1>Notes</h1>
      <ul>
        {notes.map((note) => (
          <li key={note.id}>{note.text}</li>
        ))}
      </ul>
      <form onSubmit={add}>
        <input value={text} onChange={(event) => setText(event.target.value)} required />
        <button type="submit">Add</button>
      </form>
      <p>The page is src/App.tsx, the API is server/api.ts.</p>
    </main>
  );
}
