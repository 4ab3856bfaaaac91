// The second page.
import { start } from '../frame/start.tsx';
import { Dashboard } from './dashboard.tsx';
import { followFeed } from './live.ts';
import '../frame/board.css';
import './dashboard.css';

start(Dashboard);
followFeed();
