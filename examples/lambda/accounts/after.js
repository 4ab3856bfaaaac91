// The same as before.js with the ORM loaded by the first call that needs it.
import { problemsOf } from './check.js';

let accounts;

async function openAccounts() {
  const { DataTypes, Sequelize } = await import('sequelize');
  const database = new Sequelize('postgres://accounts@127.0.0.1:5432/accounts', { logging: false });
  return database.define('account', {
    email: { type: DataTypes.STRING, unique: true },
    name: DataTypes.STRING,
  });
}

export async function handler({ action, account }) {
  const problems = problemsOf(account);
  if (problems.length > 0) return { statusCode: 422, body: JSON.stringify({ problems }) };
  if (action === 'check') return { statusCode: 200, body: '{}' };
  accounts ??= openAccounts();
  const { id } = await (await accounts).create(account);
  return { statusCode: 201, body: JSON.stringify({ id }) };
}
