import { createMetrics } from '@pilotlight/telemetry';
import { describe, expect, it, vi } from 'vitest';
import { criticalPathMs, Startup } from './startup.ts';

describe('criticalPathMs', () => {
  const span = (fromMs: number, untilMs: number) => ({ fromMs, untilMs });

  it.each([
    ['nothing', [], 0],
    ['one after the other', [span(0, 100), span(100, 150), span(160, 170)], 160],
    [
      'two at once, of which the longer counts',
      [span(0, 100), span(100, 130), span(100, 190)],
      190,
    ],
    [
      'a chain beside one that is longer than each of its parts',
      [...[span(0, 100), span(100, 160)], ...[span(100, 140), span(140, 180), span(180, 200)]],
      200,
    ],
    ['in any order', [span(50, 60), span(0, 50)], 60],
  ])('is of %s', (_, spans, expected) => {
    expect(criticalPathMs(spans)).toBe(expected);
  });
});

describe('Startup', () => {
  it.each(['rpc', 'http'])('shows each component and the stages up to %s', async (server) => {
    const startup = new Startup();
    const opened = await startup.component('bus', async () => 'opened');
    expect(opened).toBe('opened');
    await startup.component(server, () => undefined);
    const failure = startup.component('driver', () => Promise.reject(new Error('none works')));
    await expect(failure).rejects.toThrow('none works');
    const metrics = createMetrics('tested');
    startup.show(metrics);
    const lines = (await metrics.text()).split('\n');
    const value = (label: string) => {
      const line = lines.find(
        (text) => text.startsWith('pilotlight_startup_') && text.includes(label),
      );
      return Number(line?.slice(line.lastIndexOf(' ')) ?? Number.NaN);
    };
    const [modules, bus, served] = ['modules', 'bus', server].map((name) =>
      value(`component="${name}"`),
    );
    const stage = (name: string) => value(`stage="${name}"`);
    expect(stage('critical_path')).toBeCloseTo((modules ?? 0) + (bus ?? 0) + (served ?? 0), 6);
    expect(stage('ready_for_request')).toBeGreaterThanOrEqual(modules ?? Number.NaN);
    expect(stage('critical')).toBeGreaterThanOrEqual(stage('ready_for_request'));
    expect(stage('ready')).toBeGreaterThanOrEqual(stage('critical'));
    expect(stage('total')).toBeNaN();
    expect(value('component="driver"')).toBeNaN();
  });

  it('leaves what is optional for later, says what fails, and only then is complete', async () => {
    const startup = new Startup();
    const order: string[] = [];
    startup.afterReady('cache', async () => void order.push('cache'));
    startup.afterReady('tracing', () => Promise.reject(new Error('no receiver')));
    await startup.component('rpc', () => void order.push('rpc'));
    const metrics = createMetrics('tested');
    startup.show(metrics);
    expect(order).toEqual(['rpc']);
    expect(await metrics.text()).not.toContain('stage="total"');
    const warnings: string[] = [];
    await startup.complete({ warn: (_fields: object, message: string) => warnings.push(message) });
    expect(order).toEqual(['rpc', 'cache']);
    expect(warnings).toEqual(['tracing did not start; the service goes on without it']);
    const text = await metrics.text();
    expect(text).toContain('stage="total"');
    expect(text).toContain('component="cache",phase="optional"');
    expect(text).toContain('component="rpc",phase="core_services"');
    expect(text).not.toContain('component="tracing"');
  });

  it('does not wait for what takes longer than it may, and says so', async () => {
    vi.useFakeTimers();
    try {
      const startup = new Startup();
      const opened = Promise.withResolvers<void>();
      startup.afterReady('cache', () => opened.promise);
      const warnings: string[] = [];
      const completed = startup.complete({
        warn: (_fields: object, message: string) => warnings.push(message),
      });
      await vi.advanceTimersByTimeAsync(2_000);
      await completed;
      expect(warnings).toEqual(['cache takes longer than 2000 ms; it goes on in the background']);
      opened.resolve();
    } finally {
      vi.useRealTimers();
    }
  });
});
