import { Counter } from './counter.jsx';

export default function Page() {
  return (
    <main>
      <h1>Hello from Next.js</h1>
      <Counter />
      <p>Edit app/page.jsx and see it change.</p>
    </main>
  );
}
