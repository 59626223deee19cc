import { describe, expect, it } from 'vitest';
import { parseDialTargets, targetText } from './target.ts';

describe('a list of whom to call', () => {
  it('has addresses of both families, names, and ports', () => {
    const text = 'tcp:192.0.2.11, ssl:192.0.2.12:6641,tcp:[2001:db8::1]:6640,ssl:hv4.example.net:6640,';
    expect(parseDialTargets(text).map(targetText)).toEqual([
      'tcp:192.0.2.11:6640',
      'ssl:192.0.2.12:6641',
      'tcp:[2001:db8::1]:6640',
      'ssl:hv4.example.net:6640',
    ]);
    expect(parseDialTargets('')).toEqual([]);
  });

  it.each([
    ['192.0.2.11', "'192.0.2.11' is not tcp:HOST:PORT"],
    ['tcp:192.0.2.1,ptcp:6640', "'ptcp:6640' is not tcp:HOST:PORT"],
    ['unix:/run/db.sock', "'unix:/run/db.sock' is not tcp:HOST:PORT"],
    ['tcp:2001:db8::1', "'tcp:2001:db8::1' is not tcp:HOST:PORT"],
    ['tcp:hv1:70000', "'tcp:hv1:70000' is not tcp:HOST:PORT"],
    ['tcp:hv1:0', "'tcp:hv1:0' has no port from 1 to 65535"],
    ['tcp:[hv1]:1', "'tcp:[hv1]:1' has neither an address"],
    ['tcp:192.0.2:6640', "'tcp:192.0.2:6640' has neither an address nor the name of a host"],
    ['tcp:a b:6640', "'tcp:a b:6640' has neither an address nor the name of a host"],
    ['tcp:hv1,tcp:hv1:6640', "'tcp:hv1:6640' is named twice"],
  ])('says what is wrong with %s', (text, problem) => {
    expect(() => parseDialTargets(text)).toThrow(problem);
  });

  it('has an end', () => {
    const text = (count: number) => Array.from({ length: count }, (_, at) => `tcp:hv${at}`).join();
    expect(parseDialTargets(text(2_048))).toHaveLength(2_048);
    expect(() => parseDialTargets(text(2_049))).toThrow('there are more than 2048');
  });
});
