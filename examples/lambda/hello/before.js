// Greets. There is nothing here to make leaner.
import { nanoid } from 'nanoid';

export async function handler({ name }) {
  return { statusCode: 200, body: JSON.stringify({ greeting: `Hello, ${name}.`, id: nanoid() }) };
}
