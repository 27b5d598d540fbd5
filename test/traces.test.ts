import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ConfigError } from '../src/errors.ts';
import type { Hex } from '../src/model/Hex.ts';
import { createTraces } from '../src/traces.ts';
import { type CollectedSpan, type Collector, startCollector } from './support/collector.ts';
import { commandsTimeout, createProject, type Project } from './support/project.ts';
import { hashOf } from './support/rows.ts';

vi.setConfig(commandsTimeout);

describe('a job’s way through several processes', () => {
  let project: Project;
  let collector: Collector;
  let statementId: string;
  /** The private input of the job. */
  const x = 987_654_321;

  beforeAll(async () => {
    project = await createProject();
    collector = await startCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b' };
    await project.json(['deploy', 'square']);
    await project.write('inputs.ndjson', `{"id":"first","input":{"x":${x}}}\n`);
    await project.json(['run', 'start', 'square', 'inputs.ndjson', '--name', 'traced'], { env });
    await project.json(['work', '--until-empty', '--threads', '1'], { env });
    await project.json(['run', 'export', 'traced']);
    const [submitted] = await project.json(['submit', 'traced.results.ndjson'], { env });
    statementId = String(submitted?.statementId);
  });
  afterAll(async () => {
    await collector.stop();
    await project.remove();
  });

  const named = (name: string) => collector.spans().filter((span) => span.name === name);
  const only = (name: string) => {
    const [span, ...others] = named(name);
    expect([name, others.length]).toEqual([name, 0]);
    return span as CollectedSpan;
  };
  const attributesOf = (span: CollectedSpan) =>
    Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

  test('default: one trace, whose parts belong to its root and to the lease', () => {
    const root = only('job');
    expect(new Set(collector.spans().map(({ traceId }) => traceId))).toEqual(new Set([statementId.slice(2, 34)]));
    expect(root.parentSpanId).toBeUndefined();
    const lease = only('lease');
    expect([lease, only('submission')].map(({ parentSpanId }) => parentSpanId)).toEqual([root.spanId, root.spanId]);
    for (const name of ['witness', 'proof', 'verification', 'result']) {
      const part = only(name);
      expect([name, part.parentSpanId]).toEqual([name, lease.spanId]);
      expect(BigInt(part.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(part.startTimeUnixNano));
      expect(BigInt(part.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(lease.endTimeUnixNano));
    }
    expect(attributesOf(root)).toMatchObject({ 'tally.run': 'traced', 'tally.statement': statementId });
    expect(attributesOf(lease)).toMatchObject({ 'tally.attempt': '1', 'tally.job': attributesOf(root)['tally.job'] });
    expect(attributesOf(only('submission'))).toMatchObject({ 'tally.chain': '31337', 'tally.adopted': false });
  });

  test('behavior: what OpenTelemetry’s collector is asked, and nothing private in it', () => {
    for (const { path, headers, body } of collector.requests) {
      expect(path).toBe('/v1/traces');
      expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-team': 'a b' });
      expect(body).not.toContain(String(x));
      const [resource] = JSON.parse(body).resourceSpans;
      expect(resource.resource.attributes).toContainEqual({
        key: 'service.name',
        value: { stringValue: 'tallystick' },
      });
    }
    for (const { spanId, traceId } of collector.spans()) {
      expect([traceId, spanId].map((id) => /^[0-9a-f]+$/.test(id) && id.length)).toEqual([32, 16]);
    }
  });

  test('behavior: a proof without a queue has a trace, too, and a collector that is away stops nothing', async () => {
    await project.write('input.json', { x: 5 });
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/elsewhere` };
    const [proof] = await project.json(['prove', 'square', 'input.json'], { env });
    const { body } = collector.requests.find(({ path }) => path === '/elsewhere') ?? { body: '' };
    expect(body).toContain(String(proof?.statementId).slice(2, 34));
    const away = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
    await project.write('input.json', { x: 6 });
    const ran = await project.run(['prove', 'square', 'input.json'], { env: away });
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('spans were not taken');
  });

  test('error: an address that is none', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' };
    expect(await project.fail(['records'], { env })).toMatchObject({ code: 2, error: { code: 'config' } });
  });
});

describe('createTraces', () => {
  const span = (number: number) => ({ statementId: hashOf(number) as Hex, name: 'part', startMs: 1.5, endMs: 2.5 });

  test('default: nothing is collected where nobody asks for it', () => {
    expect(createTraces({})).toBeUndefined();
    expect(() => createTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://here' })).toThrow(ConfigError);
  });

  test('behavior: what is sent is bounded, and what is dropped is counted', async () => {
    const collector = await startCollector();
    let dropped = 0;
    const traces = createTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` }, (count) => {
      dropped += count;
    });
    for (let i = 0; i < 3_000; i++) traces?.add(span(i));
    await traces?.close();
    await collector.stop();
    expect([collector.spans().length, dropped]).toEqual([2_048, 952]);
    expect(collector.requests.length).toBe(4);
    expect(collector.spans()[0]).toMatchObject({ startTimeUnixNano: '1500000', endTimeUnixNano: '2500000' });
  });

  test('error: a collector that refuses', async () => {
    const collector = await startCollector(503);
    const told: string[] = [];
    const traces = createTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, (_, why) => told.push(why));
    traces?.add(span(1));
    await traces?.close();
    await collector.stop();
    expect(told).toEqual(['HTTP 503']);
  });
});
