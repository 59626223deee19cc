/** Who a request comes from. */
export interface Caller {
  /** Project of what it creates without naming one; '' if it has none and must name one. */
  readonly projectId: string;
  /** A `reader` may look, a `member` may also change what its project owns, an `admin` may do everything everywhere. */
  readonly role: 'admin' | 'member' | 'reader';
}

/** Whoever calls a server that asks nobody who they are, named as a Neutron without Keystone names it. */
export const ANYONE: Caller = Object.freeze({ projectId: 'fake_project_id', role: 'admin' });

/** Whoever has shown no token, where one has to be shown: sees what is public, and no object. */
export const NOBODY: Caller = Object.freeze({ projectId: '', role: 'reader' });
