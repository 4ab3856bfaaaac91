export interface Note {
  readonly id: number;
  readonly text: string;
}

/** Kept in memory: they are gone when the server restarts. */
const notes: Note[] = [{ id: 1, text: 'Hello from Fastify' }];

export function allNotes(): readonly Note[] {
  return notes;
}

export function addNote(text: string): Note {
  const note = { id: notes.length + 1, text };
  notes.push(note);
  return note;
}
