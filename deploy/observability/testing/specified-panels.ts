// The analyzer's panels as they were specified, to the letter.

/** SQL by title; `$project_id` and `$function_name` are Grafana's. */
export const specifiedPanels: Readonly<Record<string, string>> = {
  'Cold Start Overview': `-- Cold start rate over time
SELECT 
    time_bucket('1 hour', timestamp) AS time,
    COUNT(*) FILTER (WHERE cold_start = true) * 100.0 / COUNT(*) AS cold_start_rate
FROM invocations i
JOIN functions f ON i.function_id = f.id
WHERE f.project_id = '$project_id'
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY time
ORDER BY time;`,
  'Average Init Duration by Function': `SELECT 
    f.function_name,
    AVG(init_duration_ms) AS avg_init_duration,
    PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY init_duration_ms) AS p95_init_duration
FROM invocations i
JOIN functions f ON i.function_id = f.id
WHERE f.project_id = '$project_id'
AND cold_start = true
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY f.function_name
ORDER BY avg_init_duration DESC;`,
  'Module Timing Breakdown': `SELECT 
    module_key AS module,
    AVG(module_value::numeric) AS avg_load_time_ms
FROM invocations i
JOIN functions f ON i.function_id = f.id,
    jsonb_each_text(module_timings) AS m(module_key, module_value)
WHERE f.function_name = '$function_name'
AND cold_start = true
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY module_key
ORDER BY avg_load_time_ms DESC
LIMIT 20;`,
  'Cold Start vs Warm Execution Time': `SELECT 
    CASE WHEN cold_start THEN 'Cold Start' ELSE 'Warm' END AS type,
    AVG(execution_duration_ms) AS avg_duration,
    COUNT(*) AS count
FROM invocations i
JOIN functions f ON i.function_id = f.id
WHERE f.project_id = '$project_id'
AND timestamp >= NOW() - INTERVAL '24 hours'
GROUP BY cold_start;`,
};
