"""The configuration files of a node's programs. Pure, but for the one function that writes them."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.layout import DNS_ADDRESS, NODE_ADDRESS, NODE_NAME, POD_NETWORK
from tests.cluster.paths import cache
from tests.cluster.pki import Authority


@dataclass(frozen=True)
class NodeFiles:
    """A node's files in the cluster's folder, and its image store, which outlives the cluster."""

    folder: Path
    authority: Authority
    proxy_kubeconfig: Path

    @property
    def socket(self) -> Path:
        """Where containerd listens."""
        return self.folder / "containerd.sock"

    @property
    def containerd(self) -> Path:
        """containerd's configuration."""
        return self.folder / "containerd.toml"

    @property
    def kubelet(self) -> Path:
        """The kubelet's configuration."""
        return self.folder / "kubelet.json"

    @property
    def proxy(self) -> Path:
        """kube-proxy's configuration."""
        return self.folder / "proxy.json"

    def write(self, proxy_mode: str) -> None:
        """Write them all; `proxy_mode` is nftables or iptables."""
        cni = self.folder / "cni"
        cni.mkdir(parents=True, exist_ok=True)
        (cni / "10-bridge.conflist").write_text(cni_config(self.folder))
        # Pods that ask for the node's own name server get one that is not there: nothing leaves the machine.
        (self.folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.containerd.write_text(containerd_config(self.folder, self.socket))
        self.kubelet.write_text(kubelet_config(self.folder, self.socket, self.authority))
        self.proxy.write_text(proxy_config(self.proxy_kubeconfig, proxy_mode))


def image_store() -> Path:
    """containerd's images, kept between clusters: large ones take minutes to import."""
    return cache() / "containerd"


def containerd_config(folder: Path, socket: Path) -> str:
    """containerd for CRI, without what a plain root cannot do (no CAP_SYS_RESOURCE, no AppArmor, no systemd)."""
    unused = ", ".join(f'"io.containerd.snapshotter.v1.{name}"' for name in ("btrfs", "aufs", "zfs", "devmapper"))
    return f"""version = 2
root = "{image_store()}"
state = "{folder}/containerd"
disabled_plugins = [{unused}]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}/cni"
"""


def cni_config(folder: Path) -> str:
    """One bridge for all pods, and host ports."""
    addresses = {"type": "host-local", "dataDir": f"{folder}/cni-addresses", "ranges": [[{"subnet": POD_NETWORK}]]}
    bridge = {"type": "bridge", "bridge": "cni0", "isDefaultGateway": True, "hairpinMode": True, "ipMasq": False}
    host_ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    plugins = [bridge | {"ipam": addresses}, host_ports]
    return json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": plugins}, indent=1)


def kubelet_config(folder: Path, socket: Path, authority: Authority) -> str:
    """A kubelet that starts on cgroup v1 too and evicts pods only when the disk is all but full."""
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "0.0.0.0",  # noqa: S104 - inside the node's own network
        "readOnlyPort": 0,
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "containerRuntimeEndpoint": f"unix://{socket}",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": f"{folder}/resolv.conf",
        "tlsCertFile": str(authority.certificate_of("kubelet-server")),
        "tlsPrivateKeyFile": str(authority.key_of("kubelet-server")),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority.certificate)},
        },
        "authorization": {"mode": "Webhook"},
        "podLogsDir": f"{folder}/pod-logs",
        "volumePluginDir": f"{folder}/kubelet/volume-plugins",
        "imageGCHighThresholdPercent": 100,
        "nodeStatusUpdateFrequency": "4s",
        "syncFrequency": "10s",
        "evictionHard": {
            "memory.available": "50Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
    }
    return json.dumps(config, indent=1)


def proxy_config(kubeconfig: Path, mode: str) -> str:
    """kube-proxy inside a network namespace, where the connection table's limits are not its to set."""
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": mode,
        "bindAddress": NODE_ADDRESS,
        "hostnameOverride": NODE_NAME,
        "healthzBindAddress": "",
        "metricsBindAddress": "",
        "clusterCIDR": POD_NETWORK,
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
    return json.dumps(config, indent=1)
