import type { Logger } from 'pino';
import type { FactDelta } from '#controller/model/fact-delta';
import type { Outstanding } from '../install/outstanding.ts';
import type { Desired } from './desired.ts';

/** Compiles changed facts of a switch, and enters what that changes as outstanding; logs what is wrong with their flows. */
export function takeIn(delta: FactDelta, desired: Desired, outstanding: Outstanding, log: Logger): void {
  const contested = desired.compiled.conflicts;
  for (const change of desired.apply(delta)) outstanding.add(change);
  const { conflicts } = desired.compiled;
  if (conflicts > contested) log.error({ conflicts }, 'two facts claim one flow: the lower cookie has it');
  for (const fact of delta.come) {
    const fault = desired.faultOf(fact);
    if (fault) log.error({ fact, code: fault.code, reason: fault.message }, 'fact not compiled');
  }
}
