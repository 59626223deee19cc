import { describe, expect, it } from 'vitest';
import { parseCookie } from './cookie.ts';
import { Flow } from './flow.ts';
import { Pipeline } from './pipeline.ts';
import { edge } from './table.ts';
import { appThat, first, second, type Things } from './things-fixture.ts';

describe('drops', () => {
  it('carry their reason in the cookie, and lead back to it', () => {
    const drops = { stranger: 'Not one of ours.', shouting: 'Too loud.' };
    const app = appThat((emit) => emit(first, 1).drop('shouting'), { drops });
    const pipeline = new Pipeline<Things>([app], { thing: 3 });
    const [flow] = pipeline.compile({ kind: 'thing', key: 1 });
    expect(flow && parseCookie(flow.cookieHi, flow.cookieLo)).toMatchObject({ app: 7, kind: 3, reason: 2 });
    expect(flow && pipeline.dropReasonOf(flow)).toEqual({ app: 'test', name: 'shouting', doc: 'Too loud.' });
  });

  it('without a reason of their own are their table’s, and so are misses', () => {
    const pipeline = new Pipeline<Things>([appThat((emit) => emit(first, 1).drop())], { thing: 3 });
    const [flow] = pipeline.compile({ kind: 'thing', key: 1 });
    expect(flow && pipeline.dropReasonOf(flow)).toMatchObject({ app: 'test', name: 'first' });
    const reasons = pipeline.base.map((each) => pipeline.dropReasonOf(each)?.name);
    expect(reasons).toEqual(['admit', undefined, 'second', 'forward', 'deliver']);
    const meanings = pipeline.base.map((each) => pipeline.dropReasonOf(each)?.doc);
    expect(meanings).toEqual([edge.admit.lost, undefined, second.doc, edge.forward.lost, edge.deliver.lost]);
  });

  it('are no flows that do something, and no strangers’', () => {
    const pipeline = new Pipeline<Things>([appThat((emit) => emit(first, 1).goto('forward'))], { thing: 3 });
    const [flow] = pipeline.compile({ kind: 'thing', key: 1 });
    expect(flow && pipeline.dropReasonOf(flow)).toBeUndefined();
    const [miss] = pipeline.base;
    expect(miss && pipeline.dropReasonOf(new Flow(miss.key, 0, miss.cookieLo, miss.content))).toBeUndefined();
  });
});
