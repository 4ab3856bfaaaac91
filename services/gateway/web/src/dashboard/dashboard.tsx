// The dashboard: how warm the platform is, and what goes on in it.
import { Page } from '../frame/page.tsx';
import { apiKey, asking } from '../session/key.ts';
import { me } from '../session/me.ts';
import { Alerts } from './alerts.tsx';
import { Executions } from './executions.tsx';
import { Headline } from './headline.tsx';
import { LatencyChart } from './latency-chart.tsx';
import { connection, historyProblem } from './live.ts';
import { PoolTable } from './pool-table.tsx';
import { SandboxFeed } from './sandbox-feed.tsx';
import { ColdPhases, SlowStarts } from './starts.tsx';

export function Dashboard() {
  return (
    <Page here="dashboard">
      <div class="board">
        <div class="board-head">
          <h1>Dashboard</h1>
          <Connection />
        </div>
        <Notices />
        <Headline />
        <Alerts />
        <PoolTable />
        <LatencyChart />
        <ColdPhases />
        <Executions />
        <SlowStarts />
        <SandboxFeed />
      </div>
    </Page>
  );
}

function Connection() {
  const { isLive, problem } = connection.value;
  return (
    <p role="status" class="connection">
      <span class={`badge ${isLive ? 'good' : 'bad'}`} data-testid="connection">
        {isLive ? 'live' : 'disconnected'}
      </span>
      {!isLive && problem !== undefined && <span class="muted">{problem}</span>}
    </p>
  );
}

function Notices() {
  const isLimited = me.value !== undefined && me.value.role !== 'admin';
  return (
    <>
      {apiKey.value === undefined && (
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
      )}
      {isLimited && (
        <p class="notice" data-testid="limited">
          This key is not an administrator’s: it shows the requests, executions and sandboxes of the
          project “{me.value?.project}” alone.
        </p>
      )}
      {historyProblem.value !== undefined && connection.value.isLive && (
        <p class="notice">
          There is no history just now: {historyProblem.value} What happens from now on is shown.
        </p>
      )}
    </>
  );
}
