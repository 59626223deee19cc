import type { NetworkSettings } from './settings.ts';

/** A Neutron extension that this server offers. */
export interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
  /** Whether the operator offers it; absent: always. */
  readonly offered?: (settings: NetworkSettings) => boolean;
}

/** What clients may rely on, by Neutron's aliases. Only what is enforced is offered. */
const EXTENSIONS: readonly Extension[] = [
  {
    alias: 'allowed-address-pairs',
    name: 'Allowed Address Pairs',
    description: 'Provides allowed address pairs',
  },
  { alias: 'agent', name: 'agent', description: 'The agent management extension.' },
  {
    alias: 'binding',
    name: 'Port Binding',
    description: 'Expose port bindings of a virtual port to external application',
  },
  {
    alias: 'binding-extended',
    name: 'Port Bindings Extended',
    description: 'Expose port bindings of a virtual port to external application',
  },
  {
    alias: 'empty-string-filtering',
    name: 'Empty String Filtering Extension',
    description: 'Allow filtering by attributes with empty string value',
  },
  {
    alias: 'filter-validation',
    name: 'Filter parameters validation',
    description: 'Provides validation on filter parameters.',
  },
  {
    alias: 'ip-substring-filtering',
    name: 'IP address substring filtering',
    description: 'Provides IP address substring filtering when listing ports',
  },
  { alias: 'net-mtu', name: 'Network MTU', description: 'Provides MTU attribute for a network resource.' },
  {
    alias: 'net-mtu-writable',
    name: 'Network MTU (writable)',
    description: 'Provides a writable MTU attribute for a network resource.',
  },
  {
    alias: 'pagination',
    name: 'Pagination support',
    description: 'Extension that indicates that pagination is enabled.',
  },
  { alias: 'port-security', name: 'Port Security', description: 'Provides port security' },
  {
    alias: 'port-security-groups-filtering',
    name: 'Port filtering on security groups',
    description: 'Provides security groups filtering when listing ports',
  },
  {
    alias: 'project-id',
    name: 'project_id field enabled',
    description: 'Extension that indicates that project_id field is enabled.',
  },
  {
    alias: 'provider',
    name: 'Provider Network',
    description: 'Expose mapping of virtual networks to physical networks',
  },
  {
    alias: 'qinq',
    name: 'Q-in-Q',
    description: 'Provides the attribute qinq for a network resource',
    offered: ({ qinq }) => qinq,
  },
  {
    alias: 'quota-check-limit',
    name: 'Quota engine limit check',
    description: 'Support for checking the resource usage before applying a new quota limit',
  },
  {
    alias: 'quota_details',
    name: 'Quota details management support',
    description: 'Expose functions for quotas usage statistics per project',
  },
  {
    alias: 'quotas',
    name: 'Quota management support',
    description: 'Expose functions for quotas management per project',
  },
  {
    alias: 'revision-if-match',
    name: 'If-Match constraints based on revision_number',
    description: 'Extension indicating that If-Match based on revision_number is supported.',
  },
  {
    alias: 'security-group',
    name: 'security-group',
    description: 'The security groups extension.',
  },
  {
    alias: 'security-groups-normalized-cidr',
    name: 'Normalized CIDR field for security group rules',
    description: 'Add new field with normalized remote_ip_prefix cidr in SG rule',
  },
  {
    alias: 'security-groups-shared-filtering',
    name: 'Security group filtering on the shared field',
    description: 'Support filtering security groups on the shared field',
  },
  {
    alias: 'sorting',
    name: 'Sorting support',
    description: 'Extension that indicates that sorting is enabled.',
  },
  {
    alias: 'standard-attr-description',
    name: 'standard-attr-description',
    description: 'Extension to add descriptions to standard attributes',
  },
  {
    alias: 'standard-attr-revisions',
    name: 'Resource revision numbers',
    description: 'This extension will display the revision number of neutron resources.',
  },
  {
    alias: 'standard-attr-tag',
    name: 'Tag support for resources with standard attribute: network, subnet, port, trunk, security_group',
    description: 'Enables to set tag on resources with standard attribute.',
  },
  {
    alias: 'standard-attr-timestamp',
    name: 'Resource timestamps',
    description: 'Adds created_at and updated_at fields to all Neutron resources.',
  },
  { alias: 'trunk', name: 'Trunk Extension', description: 'Provides support for trunk ports' },
  {
    alias: 'trunk-details',
    name: 'Trunk port details',
    description: 'Expose trunk port details',
  },
  {
    alias: 'stateful-security-group',
    name: 'Stateful security group',
    description: 'Indicates if the security group is stateful or not',
  },
  {
    alias: 'vlan-transparent',
    name: 'Vlantransparent',
    description: 'Provides Vlan Transparent Networks',
    offered: ({ vlanTransparent }) => vlanTransparent,
  },
];

/** The extensions of this server as clients see them; `updated` is the date of this table. */
export function extensionViews(settings: NetworkSettings) {
  return EXTENSIONS.filter(({ offered }) => offered?.(settings) ?? true).map(
    ({ alias, name, description }) => ({
      ...{ alias, name, description },
      updated: '2026-01-01T00:00:00-00:00',
      links: [],
    }),
  );
}
