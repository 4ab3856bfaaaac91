// What operators should know now. Absent while nothing is firing or was of late.
import { clockTime, words } from '../frame/figures.ts';
import { alerts } from './live.ts';

export function Alerts() {
  if (alerts.value.length === 0) return null;
  return (
    <section class="panel wide" aria-labelledby="alerts-title">
      <div class="panel-head">
        <h2 id="alerts-title">Alerts</h2>
      </div>
      <ul class="alerts" role="log" aria-label="Alerts">
        {alerts.value.map((alert) => (
          <li key={alert.alert_id}>
            <div class="alert-head">
              <span class={`badge ${toneOf(alert.state, alert.severity)}`}>
                {alert.state === 'resolved' ? 'resolved' : alert.severity}
              </span>
              <b>{words(alert.name)}</b>
              <time class="muted">since {clockTime(alert.began_at)}</time>
            </div>
            <p>{alert.summary}</p>
            {alert.state !== 'resolved' && <p class="muted">{alert.remedy}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function toneOf(state: string, severity: string): string {
  if (state === 'resolved') return 'good';
  return severity === 'critical' ? 'bad' : 'warn';
}
