import { describe, expect, it } from 'vitest';
import { dashboardMetrics } from './dashboard.ts';
import { declaredMetrics } from './describe.ts';

describe('the dashboard', () => {
  it('asks for metrics that there are, and for all of ours', async () => {
    const declared = new Set((await declaredMetrics()).map(({ name }) => name));
    const asked = dashboardMetrics();
    expect([...asked].filter((name) => !declared.has(name))).toEqual([]);
    const ours = [...declared].filter((name) => name.startsWith('tenantflow_'));
    expect(ours.filter((name) => !asked.has(name))).toEqual([]);
  });
});
