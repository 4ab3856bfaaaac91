// The third page: all functions, or the one that its address names.
import { start } from '../frame/start.tsx';
import { FunctionDetailsPage } from './function-details.tsx';
import { FunctionList } from './function-list.tsx';
import { followReports } from './reports.ts';
import '../frame/board.css';
import './functions.css';

const id = new URLSearchParams(location.search).get('id') || undefined;
start(id === undefined ? FunctionList : FunctionDetailsPage);
followReports(id);
