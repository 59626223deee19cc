import { expect, it } from 'vitest';
import { edgePipeline, SAMPLE_FACTS } from '#apps';
import { Desired } from './desired.ts';
import { FlowCounts } from './flow-counts.ts';

it('counts by app and table what a recount would', () => {
  const counts = new FlowCounts();
  const desired = new Desired(edgePipeline(), []);
  for (const flow of desired.flows.values()) counts.add(flow);
  const facts = Object.values(SAMPLE_FACTS).flat();
  const recounted = () => {
    const fresh = new FlowCounts();
    for (const flow of desired.flows.values()) fresh.add(flow);
    return [...fresh].map((each) => JSON.stringify(each)).sort();
  };
  const counted = () => [...counts].map((each) => JSON.stringify(each)).sort();
  const before = counted();
  for (const change of desired.apply({ gone: [], come: facts })) counts.change(change);
  expect(counted()).toEqual(recounted());
  expect(counted().length).toBeGreaterThan(before.length);
  for (const change of desired.apply({ gone: facts, come: [] })) counts.change(change);
  expect(counted()).toEqual(before);
});
