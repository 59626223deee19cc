// Generated from schema/vswitch.ovsschema (Open_vSwitch 8.3.1). Do not edit: npm run generate.
import { type DatabaseSchema, parseSchema, type Uuid } from '../notation/index.ts';

/** A row of Open_vSwitch. */
export interface OpenVSwitchRow {
  readonly _uuid: Uuid;
  /** strong Datapath */
  readonly datapaths: ReadonlyMap<string, Uuid>;
  /** strong Bridge */
  readonly bridges: readonly Uuid[];
  /** strong Manager */
  readonly manager_options: readonly Uuid[];
  /** strong SSL */
  readonly ssl: Uuid | null;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
  readonly next_cfg: number;
  readonly cur_cfg: number;
  /** ephemeral */
  readonly statistics: ReadonlyMap<string, string>;
  readonly ovs_version: string | null;
  readonly db_version: string | null;
  readonly system_type: string | null;
  readonly system_version: string | null;
  readonly datapath_types: readonly string[];
  readonly iface_types: readonly string[];
  readonly dpdk_initialized: boolean;
  readonly dpdk_version: string | null;
}

/** A row of Bridge. */
export interface BridgeRow {
  readonly _uuid: Uuid;
  /** immutable */
  readonly name: string;
  readonly datapath_type: string;
  readonly datapath_version: string;
  /** ephemeral */
  readonly datapath_id: string | null;
  readonly stp_enable: boolean;
  readonly rstp_enable: boolean;
  readonly mcast_snooping_enable: boolean;
  /** strong Port */
  readonly ports: readonly Uuid[];
  /** strong Mirror */
  readonly mirrors: readonly Uuid[];
  /** strong NetFlow */
  readonly netflow: Uuid | null;
  /** strong sFlow */
  readonly sflow: Uuid | null;
  /** strong IPFIX */
  readonly ipfix: Uuid | null;
  /** strong Controller */
  readonly controller: readonly Uuid[];
  readonly protocols: readonly ('OpenFlow10' | 'OpenFlow11' | 'OpenFlow12' | 'OpenFlow13' | 'OpenFlow14' | 'OpenFlow15' | (string & {}))[];
  readonly fail_mode: 'secure' | 'standalone' | (string & {}) | null;
  /** ephemeral */
  readonly status: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly rstp_status: ReadonlyMap<string, string>;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
  /** 0..4095, 0 to 4096 elements */
  readonly flood_vlans: readonly number[];
  /** strong Flow_Table, 0..254 */
  readonly flow_tables: ReadonlyMap<number, Uuid>;
  /** strong AutoAttach */
  readonly auto_attach: Uuid | null;
}

/** A row of Port. */
export interface PortRow {
  readonly _uuid: Uuid;
  /** immutable */
  readonly name: string;
  /** strong Interface, 1 to Infinity elements */
  readonly interfaces: readonly Uuid[];
  /** 0..4095, 0 to 4096 elements */
  readonly trunks: readonly number[];
  /** 0..4095, 0 to 4096 elements */
  readonly cvlans: readonly number[];
  /** 0..4095 */
  readonly tag: number | null;
  readonly vlan_mode: 'access' | 'dot1q-tunnel' | 'native-tagged' | 'native-untagged' | 'trunk' | (string & {}) | null;
  /** strong QoS */
  readonly qos: Uuid | null;
  readonly mac: string | null;
  readonly bond_mode: 'active-backup' | 'balance-slb' | 'balance-tcp' | (string & {}) | null;
  readonly lacp: 'active' | 'off' | 'passive' | (string & {}) | null;
  readonly bond_updelay: number;
  readonly bond_downdelay: number;
  readonly bond_active_slave: string | null;
  readonly bond_fake_iface: boolean;
  readonly fake_bridge: boolean;
  /** ephemeral */
  readonly status: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly rstp_status: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly rstp_statistics: ReadonlyMap<string, number>;
  /** ephemeral */
  readonly statistics: ReadonlyMap<string, number>;
  readonly protected: boolean;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of Interface. */
export interface InterfaceRow {
  readonly _uuid: Uuid;
  /** immutable */
  readonly name: string;
  readonly type: string;
  readonly options: ReadonlyMap<string, string>;
  /** 0.. */
  readonly ingress_policing_rate: number;
  /** 0.. */
  readonly ingress_policing_burst: number;
  /** 0.. */
  readonly ingress_policing_kpkts_rate: number;
  /** 0.. */
  readonly ingress_policing_kpkts_burst: number;
  /** ephemeral */
  readonly mac_in_use: string | null;
  readonly mac: string | null;
  /** 0..4294967295, ephemeral */
  readonly ifindex: number | null;
  readonly external_ids: ReadonlyMap<string, string>;
  readonly ofport: number | null;
  /** 1..65279 */
  readonly ofport_request: number | null;
  readonly bfd: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly bfd_status: ReadonlyMap<string, string>;
  readonly cfm_mpid: number | null;
  /** ephemeral */
  readonly cfm_remote_mpids: readonly number[];
  readonly cfm_flap_count: number | null;
  /** ephemeral */
  readonly cfm_fault: boolean | null;
  /** ephemeral */
  readonly cfm_fault_status: readonly string[];
  /** ephemeral */
  readonly cfm_remote_opstate: 'down' | 'up' | (string & {}) | null;
  /** 0..100, ephemeral */
  readonly cfm_health: number | null;
  /** ephemeral */
  readonly lacp_current: boolean | null;
  readonly lldp: ReadonlyMap<string, string>;
  readonly other_config: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly statistics: ReadonlyMap<string, number>;
  /** ephemeral */
  readonly status: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly admin_state: 'down' | 'up' | (string & {}) | null;
  /** ephemeral */
  readonly link_state: 'down' | 'up' | (string & {}) | null;
  /** ephemeral */
  readonly link_resets: number | null;
  /** ephemeral */
  readonly link_speed: number | null;
  /** ephemeral */
  readonly duplex: 'full' | 'half' | (string & {}) | null;
  /** ephemeral */
  readonly mtu: number | null;
  /** 1.. */
  readonly mtu_request: number | null;
  readonly error: string | null;
}

/** A row of Flow_Table. */
export interface FlowTableRow {
  readonly _uuid: Uuid;
  readonly name: string | null;
  /** 0.. */
  readonly flow_limit: number | null;
  readonly overflow_policy: 'evict' | 'refuse' | (string & {}) | null;
  readonly groups: readonly string[];
  /** 0 to 3 elements */
  readonly prefixes: readonly string[];
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of QoS. */
export interface QoSRow {
  readonly _uuid: Uuid;
  readonly type: string;
  /** strong Queue, 0..4294967295 */
  readonly queues: ReadonlyMap<number, Uuid>;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of Queue. */
export interface QueueRow {
  readonly _uuid: Uuid;
  /** 0..63 */
  readonly dscp: number | null;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of Mirror. */
export interface MirrorRow {
  readonly _uuid: Uuid;
  readonly name: string;
  readonly select_all: boolean;
  /** weak Port */
  readonly select_src_port: readonly Uuid[];
  /** weak Port */
  readonly select_dst_port: readonly Uuid[];
  /** 0..4095, 0 to 4096 elements */
  readonly select_vlan: readonly number[];
  /** weak Port */
  readonly output_port: Uuid | null;
  /** 1..4095 */
  readonly output_vlan: number | null;
  /** 14..65535 */
  readonly snaplen: number | null;
  /** ephemeral */
  readonly statistics: ReadonlyMap<string, number>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of NetFlow. */
export interface NetFlowRow {
  readonly _uuid: Uuid;
  /** 1 to Infinity elements */
  readonly targets: readonly string[];
  /** 0..255 */
  readonly engine_type: number | null;
  /** 0..255 */
  readonly engine_id: number | null;
  readonly add_id_to_interface: boolean;
  /** -1.. */
  readonly active_timeout: number;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of sFlow. */
export interface SFlowRow {
  readonly _uuid: Uuid;
  /** 1 to Infinity elements */
  readonly targets: readonly string[];
  readonly sampling: number | null;
  readonly polling: number | null;
  readonly header: number | null;
  readonly agent: string | null;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of IPFIX. */
export interface IPFIXRow {
  readonly _uuid: Uuid;
  readonly targets: readonly string[];
  /** 1..4294967295 */
  readonly sampling: number | null;
  /** 0..4294967295 */
  readonly obs_domain_id: number | null;
  /** 0..4294967295 */
  readonly obs_point_id: number | null;
  /** 0..4200 */
  readonly cache_active_timeout: number | null;
  /** 0..4294967295 */
  readonly cache_max_flows: number | null;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of Flow_Sample_Collector_Set. */
export interface FlowSampleCollectorSetRow {
  readonly _uuid: Uuid;
  /** 0..4294967295 */
  readonly id: number;
  /** strong Bridge */
  readonly bridge: Uuid;
  /** strong IPFIX */
  readonly ipfix: Uuid | null;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of Controller. */
export interface ControllerRow {
  readonly _uuid: Uuid;
  readonly type: 'primary' | 'service' | (string & {}) | null;
  readonly target: string;
  /** 1000.. */
  readonly max_backoff: number | null;
  readonly inactivity_probe: number | null;
  readonly connection_mode: 'in-band' | 'out-of-band' | (string & {}) | null;
  readonly local_ip: string | null;
  readonly local_netmask: string | null;
  readonly local_gateway: string | null;
  readonly enable_async_messages: boolean | null;
  /** 1..512 */
  readonly controller_queue_size: number | null;
  /** 100.. */
  readonly controller_rate_limit: number | null;
  /** 25.. */
  readonly controller_burst_limit: number | null;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly is_connected: boolean;
  /** ephemeral */
  readonly role: 'master' | 'other' | 'slave' | (string & {}) | null;
  /** ephemeral */
  readonly status: ReadonlyMap<string, string>;
}

/** A row of Manager. */
export interface ManagerRow {
  readonly _uuid: Uuid;
  readonly target: string;
  /** 1000.. */
  readonly max_backoff: number | null;
  readonly inactivity_probe: number | null;
  readonly connection_mode: 'in-band' | 'out-of-band' | (string & {}) | null;
  readonly other_config: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
  /** ephemeral */
  readonly is_connected: boolean;
  /** ephemeral */
  readonly status: ReadonlyMap<string, string>;
}

/** A row of Datapath. */
export interface DatapathRow {
  readonly _uuid: Uuid;
  readonly datapath_version: string;
  /** strong CT_Zone, 0..65535 */
  readonly ct_zones: ReadonlyMap<number, Uuid>;
  readonly capabilities: ReadonlyMap<string, string>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of CT_Zone. */
export interface CTZoneRow {
  readonly _uuid: Uuid;
  /** strong CT_Timeout_Policy */
  readonly timeout_policy: Uuid | null;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of CT_Timeout_Policy. */
export interface CTTimeoutPolicyRow {
  readonly _uuid: Uuid;
  /** 0..4294967295 */
  readonly timeouts: ReadonlyMap<'icmp_first' | 'icmp_reply' | 'tcp_close' | 'tcp_close_wait' | 'tcp_established' | 'tcp_fin_wait' | 'tcp_last_ack' | 'tcp_retransmit' | 'tcp_syn_recv' | 'tcp_syn_sent' | 'tcp_syn_sent2' | 'tcp_time_wait' | 'tcp_unack' | 'udp_first' | 'udp_multiple' | 'udp_single' | (string & {}), number>;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of SSL. */
export interface SSLRow {
  readonly _uuid: Uuid;
  readonly private_key: string;
  readonly certificate: string;
  readonly ca_cert: string;
  readonly bootstrap_ca_cert: boolean;
  readonly external_ids: ReadonlyMap<string, string>;
}

/** A row of AutoAttach. */
export interface AutoAttachRow {
  readonly _uuid: Uuid;
  readonly system_name: string;
  readonly system_description: string;
  /** 0..16777215, 0..4095 */
  readonly mappings: ReadonlyMap<number, number>;
}

/** Row types of Open_vSwitch by table name. */
export interface OpenVSwitchTables {
  Open_vSwitch: OpenVSwitchRow;
  Bridge: BridgeRow;
  Port: PortRow;
  Interface: InterfaceRow;
  Flow_Table: FlowTableRow;
  QoS: QoSRow;
  Queue: QueueRow;
  Mirror: MirrorRow;
  NetFlow: NetFlowRow;
  sFlow: SFlowRow;
  IPFIX: IPFIXRow;
  Flow_Sample_Collector_Set: FlowSampleCollectorSetRow;
  Controller: ControllerRow;
  Manager: ManagerRow;
  Datapath: DatapathRow;
  CT_Zone: CTZoneRow;
  CT_Timeout_Policy: CTTimeoutPolicyRow;
  SSL: SSLRow;
  AutoAttach: AutoAttachRow;
}

/** The schema of Open_vSwitch 8.3.1. */
export const openVSwitch: DatabaseSchema<OpenVSwitchTables> = parseSchema<OpenVSwitchTables>(
  JSON.parse('{"name":"Open_vSwitch","version":"8.3.1","cksum":"3012963480 26720","tables":{"Open_vSwitch":{"columns":{"datapaths":{"type":{"key":{"type":"string"},"value":{"type":"uuid","refTable":"Datapath"},"min":0,"max":"unlimited"}},"bridges":{"type":{"key":{"type":"uuid","refTable":"Bridge"},"min":0,"max":"unlimited"}},"manager_options":{"type":{"key":{"type":"uuid","refTable":"Manager"},"min":0,"max":"unlimited"}},"ssl":{"type":{"key":{"type":"uuid","refTable":"SSL"},"min":0,"max":1}},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"next_cfg":{"type":"integer"},"cur_cfg":{"type":"integer"},"statistics":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true},"ovs_version":{"type":{"key":{"type":"string"},"min":0,"max":1}},"db_version":{"type":{"key":{"type":"string"},"min":0,"max":1}},"system_type":{"type":{"key":{"type":"string"},"min":0,"max":1}},"system_version":{"type":{"key":{"type":"string"},"min":0,"max":1}},"datapath_types":{"type":{"key":{"type":"string"},"min":0,"max":"unlimited"}},"iface_types":{"type":{"key":{"type":"string"},"min":0,"max":"unlimited"}},"dpdk_initialized":{"type":"boolean"},"dpdk_version":{"type":{"key":{"type":"string"},"min":0,"max":1}}},"isRoot":true,"maxRows":1},"Bridge":{"columns":{"name":{"type":"string","mutable":false},"datapath_type":{"type":"string"},"datapath_version":{"type":"string"},"datapath_id":{"type":{"key":"string","min":0,"max":1},"ephemeral":true},"stp_enable":{"type":"boolean"},"rstp_enable":{"type":"boolean"},"mcast_snooping_enable":{"type":"boolean"},"ports":{"type":{"key":{"type":"uuid","refTable":"Port"},"min":0,"max":"unlimited"}},"mirrors":{"type":{"key":{"type":"uuid","refTable":"Mirror"},"min":0,"max":"unlimited"}},"netflow":{"type":{"key":{"type":"uuid","refTable":"NetFlow"},"min":0,"max":1}},"sflow":{"type":{"key":{"type":"uuid","refTable":"sFlow"},"min":0,"max":1}},"ipfix":{"type":{"key":{"type":"uuid","refTable":"IPFIX"},"min":0,"max":1}},"controller":{"type":{"key":{"type":"uuid","refTable":"Controller"},"min":0,"max":"unlimited"}},"protocols":{"type":{"key":{"type":"string","enum":["set",["OpenFlow10","OpenFlow11","OpenFlow12","OpenFlow13","OpenFlow14","OpenFlow15"]]},"min":0,"max":"unlimited"}},"fail_mode":{"type":{"key":{"type":"string","enum":["set",["standalone","secure"]]},"min":0,"max":1}},"status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true},"rstp_status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"flood_vlans":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4095},"min":0,"max":4096}},"flow_tables":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":254},"value":{"type":"uuid","refTable":"Flow_Table"},"min":0,"max":"unlimited"}},"auto_attach":{"type":{"key":{"type":"uuid","refTable":"AutoAttach"},"min":0,"max":1}}},"indexes":[["name"]]},"Port":{"columns":{"name":{"type":"string","mutable":false},"interfaces":{"type":{"key":{"type":"uuid","refTable":"Interface"},"min":1,"max":"unlimited"}},"trunks":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4095},"min":0,"max":4096}},"cvlans":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4095},"min":0,"max":4096}},"tag":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4095},"min":0,"max":1}},"vlan_mode":{"type":{"key":{"type":"string","enum":["set",["trunk","access","native-tagged","native-untagged","dot1q-tunnel"]]},"min":0,"max":1}},"qos":{"type":{"key":{"type":"uuid","refTable":"QoS"},"min":0,"max":1}},"mac":{"type":{"key":{"type":"string"},"min":0,"max":1}},"bond_mode":{"type":{"key":{"type":"string","enum":["set",["balance-tcp","balance-slb","active-backup"]]},"min":0,"max":1}},"lacp":{"type":{"key":{"type":"string","enum":["set",["active","passive","off"]]},"min":0,"max":1}},"bond_updelay":{"type":"integer"},"bond_downdelay":{"type":"integer"},"bond_active_slave":{"type":{"key":{"type":"string"},"min":0,"max":1}},"bond_fake_iface":{"type":"boolean"},"fake_bridge":{"type":"boolean"},"status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true},"rstp_status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true},"rstp_statistics":{"type":{"key":"string","value":"integer","min":0,"max":"unlimited"},"ephemeral":true},"statistics":{"type":{"key":"string","value":"integer","min":0,"max":"unlimited"},"ephemeral":true},"protected":{"type":"boolean"},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}},"indexes":[["name"]]},"Interface":{"columns":{"name":{"type":"string","mutable":false},"type":{"type":"string"},"options":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"ingress_policing_rate":{"type":{"key":{"type":"integer","minInteger":0}}},"ingress_policing_burst":{"type":{"key":{"type":"integer","minInteger":0}}},"ingress_policing_kpkts_rate":{"type":{"key":{"type":"integer","minInteger":0}}},"ingress_policing_kpkts_burst":{"type":{"key":{"type":"integer","minInteger":0}}},"mac_in_use":{"type":{"key":{"type":"string"},"min":0,"max":1},"ephemeral":true},"mac":{"type":{"key":{"type":"string"},"min":0,"max":1}},"ifindex":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4294967295},"min":0,"max":1},"ephemeral":true},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"ofport":{"type":{"key":"integer","min":0,"max":1}},"ofport_request":{"type":{"key":{"type":"integer","minInteger":1,"maxInteger":65279},"min":0,"max":1}},"bfd":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"bfd_status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true},"cfm_mpid":{"type":{"key":{"type":"integer"},"min":0,"max":1}},"cfm_remote_mpids":{"type":{"key":{"type":"integer"},"min":0,"max":"unlimited"},"ephemeral":true},"cfm_flap_count":{"type":{"key":{"type":"integer"},"min":0,"max":1}},"cfm_fault":{"type":{"key":{"type":"boolean"},"min":0,"max":1},"ephemeral":true},"cfm_fault_status":{"type":{"key":"string","min":0,"max":"unlimited"},"ephemeral":true},"cfm_remote_opstate":{"type":{"key":{"type":"string","enum":["set",["up","down"]]},"min":0,"max":1},"ephemeral":true},"cfm_health":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":100},"min":0,"max":1},"ephemeral":true},"lacp_current":{"type":{"key":{"type":"boolean"},"min":0,"max":1},"ephemeral":true},"lldp":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"statistics":{"type":{"key":"string","value":"integer","min":0,"max":"unlimited"},"ephemeral":true},"status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true},"admin_state":{"type":{"key":{"type":"string","enum":["set",["up","down"]]},"min":0,"max":1},"ephemeral":true},"link_state":{"type":{"key":{"type":"string","enum":["set",["up","down"]]},"min":0,"max":1},"ephemeral":true},"link_resets":{"type":{"key":{"type":"integer"},"min":0,"max":1},"ephemeral":true},"link_speed":{"type":{"key":"integer","min":0,"max":1},"ephemeral":true},"duplex":{"type":{"key":{"type":"string","enum":["set",["half","full"]]},"min":0,"max":1},"ephemeral":true},"mtu":{"type":{"key":"integer","min":0,"max":1},"ephemeral":true},"mtu_request":{"type":{"key":{"type":"integer","minInteger":1},"min":0,"max":1}},"error":{"type":{"key":"string","min":0,"max":1}}},"indexes":[["name"]]},"Flow_Table":{"columns":{"name":{"type":{"key":"string","min":0,"max":1}},"flow_limit":{"type":{"key":{"type":"integer","minInteger":0},"min":0,"max":1}},"overflow_policy":{"type":{"key":{"type":"string","enum":["set",["refuse","evict"]]},"min":0,"max":1}},"groups":{"type":{"key":"string","min":0,"max":"unlimited"}},"prefixes":{"type":{"key":"string","min":0,"max":3}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"QoS":{"columns":{"type":{"type":"string"},"queues":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4294967295},"value":{"type":"uuid","refTable":"Queue"},"min":0,"max":"unlimited"}},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}},"isRoot":true},"Queue":{"columns":{"dscp":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":63},"min":0,"max":1}},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}},"isRoot":true},"Mirror":{"columns":{"name":{"type":"string"},"select_all":{"type":"boolean"},"select_src_port":{"type":{"key":{"type":"uuid","refTable":"Port","refType":"weak"},"min":0,"max":"unlimited"}},"select_dst_port":{"type":{"key":{"type":"uuid","refTable":"Port","refType":"weak"},"min":0,"max":"unlimited"}},"select_vlan":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4095},"min":0,"max":4096}},"output_port":{"type":{"key":{"type":"uuid","refTable":"Port","refType":"weak"},"min":0,"max":1}},"output_vlan":{"type":{"key":{"type":"integer","minInteger":1,"maxInteger":4095},"min":0,"max":1}},"snaplen":{"type":{"key":{"type":"integer","minInteger":14,"maxInteger":65535},"min":0,"max":1}},"statistics":{"type":{"key":"string","value":"integer","min":0,"max":"unlimited"},"ephemeral":true},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"NetFlow":{"columns":{"targets":{"type":{"key":{"type":"string"},"min":1,"max":"unlimited"}},"engine_type":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":255},"min":0,"max":1}},"engine_id":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":255},"min":0,"max":1}},"add_id_to_interface":{"type":"boolean"},"active_timeout":{"type":{"key":{"type":"integer","minInteger":-1}}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"sFlow":{"columns":{"targets":{"type":{"key":"string","min":1,"max":"unlimited"}},"sampling":{"type":{"key":"integer","min":0,"max":1}},"polling":{"type":{"key":"integer","min":0,"max":1}},"header":{"type":{"key":"integer","min":0,"max":1}},"agent":{"type":{"key":"string","min":0,"max":1}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"IPFIX":{"columns":{"targets":{"type":{"key":"string","min":0,"max":"unlimited"}},"sampling":{"type":{"key":{"type":"integer","minInteger":1,"maxInteger":4294967295},"min":0,"max":1}},"obs_domain_id":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4294967295},"min":0,"max":1}},"obs_point_id":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4294967295},"min":0,"max":1}},"cache_active_timeout":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4200},"min":0,"max":1}},"cache_max_flows":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4294967295},"min":0,"max":1}},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"Flow_Sample_Collector_Set":{"columns":{"id":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":4294967295},"min":1,"max":1}},"bridge":{"type":{"key":{"type":"uuid","refTable":"Bridge"},"min":1,"max":1}},"ipfix":{"type":{"key":{"type":"uuid","refTable":"IPFIX"},"min":0,"max":1}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}},"isRoot":true,"indexes":[["id","bridge"]]},"Controller":{"columns":{"type":{"type":{"key":{"type":"string","enum":["set",["primary","service"]]},"min":0,"max":1}},"target":{"type":"string"},"max_backoff":{"type":{"key":{"type":"integer","minInteger":1000},"min":0,"max":1}},"inactivity_probe":{"type":{"key":"integer","min":0,"max":1}},"connection_mode":{"type":{"key":{"type":"string","enum":["set",["in-band","out-of-band"]]},"min":0,"max":1}},"local_ip":{"type":{"key":{"type":"string"},"min":0,"max":1}},"local_netmask":{"type":{"key":{"type":"string"},"min":0,"max":1}},"local_gateway":{"type":{"key":{"type":"string"},"min":0,"max":1}},"enable_async_messages":{"type":{"key":{"type":"boolean"},"min":0,"max":1}},"controller_queue_size":{"type":{"key":{"type":"integer","minInteger":1,"maxInteger":512},"min":0,"max":1}},"controller_rate_limit":{"type":{"key":{"type":"integer","minInteger":100},"min":0,"max":1}},"controller_burst_limit":{"type":{"key":{"type":"integer","minInteger":25},"min":0,"max":1}},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"is_connected":{"type":"boolean","ephemeral":true},"role":{"type":{"key":{"type":"string","enum":["set",["other","master","slave"]]},"min":0,"max":1},"ephemeral":true},"status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true}}},"Manager":{"columns":{"target":{"type":"string"},"max_backoff":{"type":{"key":{"type":"integer","minInteger":1000},"min":0,"max":1}},"inactivity_probe":{"type":{"key":"integer","min":0,"max":1}},"connection_mode":{"type":{"key":{"type":"string","enum":["set",["in-band","out-of-band"]]},"min":0,"max":1}},"other_config":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"is_connected":{"type":"boolean","ephemeral":true},"status":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"},"ephemeral":true}},"indexes":[["target"]]},"Datapath":{"columns":{"datapath_version":{"type":"string"},"ct_zones":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":65535},"value":{"type":"uuid","refTable":"CT_Zone"},"min":0,"max":"unlimited"}},"capabilities":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"CT_Zone":{"columns":{"timeout_policy":{"type":{"key":{"type":"uuid","refTable":"CT_Timeout_Policy"},"min":0,"max":1}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"CT_Timeout_Policy":{"columns":{"timeouts":{"type":{"key":{"type":"string","enum":["set",["tcp_syn_sent","tcp_syn_recv","tcp_established","tcp_fin_wait","tcp_close_wait","tcp_last_ack","tcp_time_wait","tcp_close","tcp_syn_sent2","tcp_retransmit","tcp_unack","udp_first","udp_single","udp_multiple","icmp_first","icmp_reply"]]},"value":{"type":"integer","minInteger":0,"maxInteger":4294967295},"min":0,"max":"unlimited"}},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}}},"SSL":{"columns":{"private_key":{"type":"string"},"certificate":{"type":"string"},"ca_cert":{"type":"string"},"bootstrap_ca_cert":{"type":"boolean"},"external_ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}}},"maxRows":1},"AutoAttach":{"columns":{"system_name":{"type":"string"},"system_description":{"type":"string"},"mappings":{"type":{"key":{"type":"integer","minInteger":0,"maxInteger":16777215},"value":{"type":"integer","minInteger":0,"maxInteger":4095},"min":0,"max":"unlimited"}}}}}}'),
);
