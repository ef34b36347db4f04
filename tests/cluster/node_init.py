"""Process 1 of a node's namespaces: sets up the network, starts every program, and ends them all by ending.

`python -m tests.cluster.node_init FOLDER ARCHIVE...`, started by tests.cluster.node inside its own net, mount and pid
namespace. Progress goes to standard error; the file FOLDER/ready says that the node takes pods.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.build import built_programs
from tests.cluster.containerd import Containerd, archive_images, forget_runs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import NODE_ADDRESS, NODE_NAME, SERVICE_NETWORK, Layout
from tests.cluster.node_files import NodeFiles, image_store
from tests.cluster.packages import SYSTEM_PATH
from tests.cluster.paths import images
from tests.cluster.process import Process
from tests.cluster.progress import say, step, wait_until
from tests.cluster.record import read_record

MANIFESTS = Path(__file__).resolve().parent / "manifests"
# Paths that kubelet, containerd's shim and CNI plugins do not let us choose: hidden, so that nothing stays behind.
HIDDEN = ("/run", "/var/log", "/var/lib/kubelet", "/var/lib/cni")
NETWORK = (
    ("ip", "link", "set", "lo", "up"),
    ("ip", "link", "add", "node0", "type", "bridge"),
    ("ip", "addr", "add", f"{NODE_ADDRESS}/24", "dev", "node0"),
    ("ip", "link", "set", "node0", "up"),
    # A Service's address must have a route before kube-proxy's rules can rewrite it. There is no default route.
    ("ip", "route", "add", SERVICE_NETWORK, "dev", "node0"),
)


def main(folder: Path, archives: Sequence[Path]) -> None:
    """Bring the node up with the images that it needs itself, then wait for the end."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.environ["PATH"] = f"{built_programs()}:{SYSTEM_PATH}"
    enter_namespaces()
    layout = Layout(folder, built_programs(), 2379, 2380, 6443, node=True)
    cluster = ControlPlane(layout=layout, guarded=False)
    with step("starting the control plane"):
        cluster.start()
    files = write_files(cluster)
    containerd = start_containerd(cluster, files)
    # An image whose archive is gone was built from older sources: nothing will ask for it again.
    containerd.keep_only(name for archive in images().glob("*.tar") for name in archive_images(archive))
    for archive in archives:
        containerd.import_archive(archive)
    start_node(cluster, files)
    (folder / "ready").touch()
    reap_forever({process.pid: process.name for process in read_record(layout.record)})


def enter_namespaces() -> None:
    """Make the new mount and network namespaces fit for pods."""
    run("mount", "--make-rshared", "/")
    for path in HIDDEN:
        Path(path).mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", path)
    for command in NETWORK:
        run(*command)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def write_files(cluster: ControlPlane) -> NodeFiles:
    """Issue the node's certificates and write its programs' configuration."""
    cluster.layout.authority.issue("kubelet-server", NODE_NAME, names=[f"DNS:{NODE_NAME}", f"IP:{NODE_ADDRESS}"])
    proxy = cluster.kubeconfig_for("system:kube-proxy")
    files = NodeFiles(cluster.folder, cluster.layout.authority, proxy)
    has_nftables = subprocess.run(["nft", "list", "tables"], capture_output=True, check=False).returncode == 0
    files.write("nftables" if has_nftables else "iptables")
    return files


def start_containerd(cluster: ControlPlane, files: NodeFiles) -> Containerd:
    """Start containerd on the kept image store, without the containers of an earlier run."""
    containerd = Containerd(files.socket, image_store())
    forget_runs(containerd.store)
    command = ["containerd", "--config", str(files.containerd)]
    process = Process("containerd", command, cluster.layout.logs / "containerd.log")
    cluster.run(process)
    wait_until("containerd", containerd.answers)
    if containerd.remove_containers():
        # Its CRI part has read them already and would show them to the kubelet.
        process.stop()
        cluster.run(process)
        wait_until("containerd", containerd.answers)
    return containerd


def start_node(cluster: ControlPlane, files: NodeFiles) -> None:
    """Start kubelet, kube-proxy and CoreDNS and wait until the node takes pods that find each other."""
    kubeconfig = cluster.kubeconfig_for(f"system:node:{NODE_NAME}", ["system:nodes"])
    layout, logs = cluster.layout, cluster.layout.logs
    kubelet = [layout.program("kubelet"), f"--config={files.kubelet}", f"--kubeconfig={kubeconfig}"]
    kubelet += [f"--hostname-override={NODE_NAME}", f"--node-ip={NODE_ADDRESS}", f"--root-dir={layout.folder}/kubelet"]
    kubelet += [f"--cert-dir={layout.folder}/kubelet-pki"]
    with step("starting kubelet, kube-proxy and CoreDNS"):
        cluster.run(Process("kubelet", kubelet, logs / "kubelet.log"))
        proxy = [layout.program("kube-proxy"), f"--config={files.proxy}"]
        cluster.run(Process("kube-proxy", proxy, logs / "kube-proxy.log"))
        cluster.kubectl.apply(MANIFESTS / "coredns.yaml")
        wait_until("the node", lambda: is_ready(cluster.kubectl))
        rollout = ("rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=180s")
        cluster.kubectl(*rollout, timeout=200)


def is_ready(kubectl: Kubectl) -> bool:
    """Whether the kubelet registered the node and calls it ready."""
    conditions = kubectl.json("get", "node", NODE_NAME)["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def run(*command: str) -> None:
    """Run a command of the system. Raises ClusterError with what it said when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


def reap_forever(names: dict[int, str]) -> None:
    """Do what is left for process 1: take the exit status of every orphan, and name a program that ended."""
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            time.sleep(1)
            continue
        if name := names.get(pid):
            say(f"{name} ended by itself with status {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), [Path(archive) for archive in sys.argv[2:]])
    except ClusterError as failure:
        say(f"node: {failure}")
        sys.exit(1)
