/** A fleet as a process of its own: its parent (`fleet-process.ts`) sends commands, and each is answered. */
import { Fleet } from './fleet.ts';
import type { Answer, Command } from './fleet-process.ts';

const fleet = new Fleet(JSON.parse(process.argv[2] ?? '{}'));

process.on('message', async ({ id, command }: { readonly id: number; readonly command: Command }) => {
  let answer: Answer;
  try {
    answer = { id, result: await perform(command) };
  } catch (error) {
    answer = { id, error: String(error) };
  }
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());

function perform(command: Command): unknown {
  switch (command.do) {
    case 'attach':
      return fleet.attach(command.target);
    case 'plug':
      return fleet.plug(command.plugs);
    case 'unplug':
      return fleet.unplug(command.plugs);
    case 'behave':
      return fleet.behave(command.faults);
    case 'treat':
      return fleet.treat(command.numbers, command.manner);
    case 'reset':
      return fleet.reset(command.numbers);
    case 'restart':
      return fleet.restart();
    case 'bridges':
      return fleet.bridges;
    case 'switches':
      return fleet.switches();
    case 'confirmed':
      return fleet.confirmed(command.numbers, command.since);
    case 'confirmedSince':
      return fleet.confirmedSince(command.since);
  }
}
