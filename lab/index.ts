export { attempt, type CommandResult, ip, run } from './command.ts';
export { type ControllerOptions, ControllerProcess, type LogLine } from './controller-process.ts';
export { Daemon } from './daemon.ts';
export { allowHugePages, type DpdkOptions } from './dpdk.ts';
export { LAB_ERRORS, LabError, type LabErrorCode } from './errors.ts';
export { explain } from './explain.ts';
export { firstFragment, firstFragment6, headlessFragment6 } from './fragments.ts';
export type { Capture } from './frame-port.ts';
export {
  arp,
  BROADCAST,
  checksum,
  ETHERTYPE,
  type EthernetFrame,
  type EthernetHeader,
  ethernet,
  IP_PROTOCOL,
  icmpEcho,
  ipv4,
  readEthernet,
  u16,
  udp,
  type VlanTag,
} from './frames.ts';
export {
  ICMPV6_TYPE,
  icmpv6,
  ipv6,
  linkLocalOf,
  neighbourAdvert,
  neighbourSolicit,
  solicitedGroup,
  udp6,
} from './frames-ipv6.ts';
export { type AttachOptions, Hypervisor, type HypervisorOptions, INTEGRATION_BRIDGE } from './hypervisor.ts';
export { Lab } from './lab.ts';
export { allowManyConnections, LoadClient, startServer, type Told } from './load/load-client.ts';
export { compilePrograms, Program } from './load/program.ts';
export { type Cell, describeCell, type Heading, Matrix, type Sighting } from './matrix.ts';
export type { PingOptions, PingResult, RunningPing } from './ping.ts';
export { type Endpoint, type ProbeOptions, probe } from './probe.ts';
export { Random } from './random.ts';
export { type Resource, RestClient } from './rest.ts';
export { CHECKOUT, LAB_FILES, labFolder, requireSandbox, sandboxPid } from './sandbox.ts';
export { type StreamsResult, TcpStreams } from './tcp-streams.ts';
export { CONTROLLER_ADDRESS, UNDERLAY } from './underlay.ts';
export type { Unixctl } from './unixctl.ts';
export { Vm, type VmOptions } from './vm.ts';
export { type Patience, waitFor } from './wait-for.ts';
export { Wire } from './wire.ts';
