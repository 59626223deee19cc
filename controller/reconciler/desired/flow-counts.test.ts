import { expect, it } from 'vitest';
import { edgePipeline, SAMPLE_FACTS } from '#apps';
import { Desired } from './desired.ts';
import { FlowCounts } from './flow-counts.ts';

it('counts by app and table what a recount would', () => {
  const counts = new FlowCounts();
  const facts = Object.values(SAMPLE_FACTS).flat();
  const desired = new Desired(edgePipeline(), [], (change) => counts.change(change));
  const recounted = () => {
    const fresh = new FlowCounts();
    for (const flow of desired.flows.values()) fresh.add(flow);
    return [...fresh].map((each) => JSON.stringify(each)).sort();
  };
  const counted = () => [...counts].map((each) => JSON.stringify(each)).sort();
  const before = counted();
  desired.apply({ gone: [], come: facts });
  expect(counted()).toEqual(recounted());
  expect(counted().length).toBeGreaterThan(before.length);
  desired.apply({ gone: facts, come: [] });
  expect(counted()).toEqual(before);
});
