import { describe, expect, it } from 'vitest';
import { printFlows } from '#pipeline';
import { edgePipeline, FACT_KINDS, SAMPLE_FACTS } from './index.ts';

/** A changed golden file is a changed data plane. */
describe('flows of a fact', () => {
  const pipeline = edgePipeline();

  it('are shown for every kind of fact', () => {
    const kinds = new Set(Object.values(SAMPLE_FACTS).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(Object.keys(FACT_KINDS).sort());
  });

  it.each(Object.entries(SAMPLE_FACTS))('%s', async (name, fact) => {
    await expect(printFlows(pipeline.compile(fact), pipeline.layout)).toMatchFileSnapshot(
      `golden/${name}.flows`,
    );
  });

  it('table-miss', async () => {
    await expect(printFlows(pipeline.base, pipeline.layout)).toMatchFileSnapshot('golden/table-miss.flows');
  });

  it('are equal whenever the fact is', () => {
    for (const fact of Object.values(SAMPLE_FACTS))
      expect(pipeline.compile({ ...fact })).toEqual(pipeline.compile(fact));
  });

  it('of different facts never share table, priority and match', () => {
    const keys = Object.entries(SAMPLE_FACTS)
      .filter(([name]) => !['segment-alone', 'segment-empty', 'firewall-conntrack'].includes(name))
      .flatMap(([, fact]) => pipeline.compile(fact).map((flow) => flow.key));
    expect(new Set([...keys, ...pipeline.base.map((flow) => flow.key)]).size).toBe(
      keys.length + pipeline.base.length,
    );
  });
});
