"""A private ovs-vswitchd in namespaces of its own, for the scripts that make the vectors. Needs root and Open vSwitch."""
import os
import subprocess
import sys

SETUP = """
set -e
mount -t tmpfs tmpfs /run
mkdir -p $OVS_RUNDIR
ip link set lo up
ovsdb-tool create $OVS_RUNDIR/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server $OVS_RUNDIR/conf.db --remote=punix:$OVS_RUNDIR/db.sock --pidfile --detach --no-chdir --log-file 2>/dev/null
ovs-vsctl --no-wait init
ovs-vswitchd unix:$OVS_RUNDIR/db.sock --pidfile --detach --no-chdir --log-file 2>/dev/null
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=secure \
  protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15 other-config:hwaddr=02:00:00:00:00:01
ovs-vsctl add-port br0 p1 -- set interface p1 type=internal ofport_request=1
exec "$0" --inside
"""


def run(main):
    """Runs `main` beside a fresh ovs-vswitchd with the bridge br0, and ends the program; nothing is left behind."""
    if "--inside" in sys.argv:
        main()
        return
    environment = dict(os.environ, OVS_RUNDIR="/run/ovs", OVS_LOGDIR="/run/ovs", OVS_DBDIR="/run/ovs")
    namespaces = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    raise SystemExit(subprocess.call([*namespaces, "bash", "-c", SETUP, os.path.abspath(sys.argv[0])], env=environment))
