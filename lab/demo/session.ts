import { Lab } from '../lab.ts';
import { Screen } from './screen.ts';

/**
 * Runs one program in a lab of its own and ends the process with its exit status. Nothing is stopped by hand: the
 * sandbox ends with the process, and takes the lab away. What goes wrong is shown with the ends of all logs.
 */
export async function inLab(program: (lab: Lab, screen: Screen) => Promise<number>): Promise<never> {
  const screen = new Screen();
  let lab: Lab | undefined;
  try {
    lab = await Lab.create();
    process.exit(await program(lab, screen));
  } catch (error) {
    screen.bad(error instanceof Error ? error.message : String(error));
    if (lab) screen.text(lab.logTails(10));
    process.exit(1);
  }
}
