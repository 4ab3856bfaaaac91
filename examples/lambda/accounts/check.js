const address = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What is wrong with an account, in sentences; empty where nothing is. */
export function problemsOf({ email, name }) {
  const problems = [];
  if (!address.test(email ?? '')) problems.push('The address is not one.');
  if ((name ?? '').trim() === '') problems.push('A name is missing.');
  return problems;
}
