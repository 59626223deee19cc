import { Daemon } from '../daemon.ts';
import type { RestClient } from '../rest.ts';
import { labFolder } from '../sandbox.ts';
import type { Vm } from '../vm.ts';
import { waitFor } from '../wait-for.ts';
import type { Screen } from './screen.ts';
import type { DemoGuest, DemoLab } from './topology.ts';

/** The one TCP port that the group admits, and one that it doesn't. */
const [OPEN, CLOSED] = ['80', '81'];

/** Greets whoever connects to a port. */
const SERVER = `
import select, socket, sys
listeners = [socket.create_server(('', int(port))) for port in sys.argv[1:]]
while True:
    for listener in select.select(listeners, [], [])[0]:
        connection, _ = listener.accept()
        connection.sendall(b'hello')
        connection.close()
`;

/** Prints the greeting, or nothing when there is no answer. */
const CLIENT = `
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 2) as connection:
        print(connection.recv(5).decode(), end='')
except (TimeoutError, ConnectionRefusedError):
    pass
`;

/**
 * Puts a VM of each hypervisor into a group that admits one TCP port. Each is answered at that of the other, though nothing
 * else gets in: answers are let in by what the switch has learned from the question.
 */
export async function showFirewall(demo: DemoLab, screen: Screen): Promise<void> {
  const [near, far] = ['hv1', 'hv2'].map((name) =>
    demo.endpoints.find(({ group, hypervisor }) => group === 'red' && hypervisor.name === name),
  );
  if (!near || !far) throw new Error('nobody is red on one of the hypervisors');
  const names = `${near.vm.name} and ${far.vm.name}`;
  await screen.step(`${names} in a security group that admits TCP port ${OPEN} only`, () =>
    admitOnly(demo.controller.rest, [near, far]),
  );
  await showOpenPort(near.vm, far.vm, screen);
  await showOpenPort(far.vm, near.vm, screen);
}

async function admitOnly(rest: RestClient, guests: readonly DemoGuest[]): Promise<void> {
  const group = await rest.create('security_group', { name: 'web', project_id: 'red' });
  await rest.create('security_group_rule', {
    ...{ security_group_id: group.id, project_id: 'red', direction: 'ingress', ethertype: 'IPv4' },
    ...{ protocol: 'tcp', port_range_min: Number(OPEN), port_range_max: Number(OPEN) },
  });
  for (const { portId } of guests) await rest.update('port', portId, { security_groups: [group.id] });
}

async function showOpenPort(from: Vm, to: Vm, screen: Screen): Promise<void> {
  const server = new Daemon({
    name: `${to.name}'s server`,
    argv: ['/usr/bin/python3', '-c', SERVER, OPEN, CLOSED],
    log: `${labFolder('demo')}/${to.name}.log`,
    namespace: to.name,
  });
  server.start();
  const where = `${from.name} on ${from.place.hypervisor.name}`;
  await screen.step(`${where} is answered at port ${OPEN} of ${to.name}, and not at ${CLOSED}`, async () => {
    await waitFor(async () => (await greeting(from, to, OPEN)) === 'hello', { what: 'an answer' });
    if ((await greeting(from, to, CLOSED)) !== '') throw new Error(`port ${CLOSED} is open`);
  });
  await server.stop();
}

function greeting(from: Vm, to: Vm, port: string): Promise<string> {
  return from.exec(['/usr/bin/python3', '-c', CLIENT, to.ip, port]);
}
