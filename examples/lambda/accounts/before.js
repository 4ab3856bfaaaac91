// Checks accounts, which every page asks for, and creates them, which happens seldom. Loads an ORM
// and a database driver for both.
import { DataTypes, Sequelize } from 'sequelize';
import { problemsOf } from './check.js';

const database = new Sequelize('postgres://accounts@127.0.0.1:5432/accounts', { logging: false });
const Account = database.define('account', {
  email: { type: DataTypes.STRING, unique: true },
  name: DataTypes.STRING,
});

export async function handler({ action, account }) {
  const problems = problemsOf(account);
  if (problems.length > 0) return { statusCode: 422, body: JSON.stringify({ problems }) };
  if (action === 'check') return { statusCode: 200, body: '{}' };
  const { id } = await Account.create(account);
  return { statusCode: 201, body: JSON.stringify({ id }) };
}
