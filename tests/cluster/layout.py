"""Where one cluster keeps its files and which addresses it uses."""

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.pki import Authority

NODE_NAME = "node1"
NODE_ADDRESS = "10.89.0.1"
POD_NETWORK = "10.88.0.0/16"
SERVICE_NETWORK = "10.96.0.0/16"
API_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"


@dataclass(frozen=True)
class Layout:
    """One cluster: its folder, its programs and its ports on loopback.

    `node` says that pods will run: then the API server also listens where pods can reach it.
    """

    folder: Path
    programs: Path
    etcd_port: int
    etcd_peer_port: int
    api_port: int
    node: bool = False

    @property
    def authority(self) -> Authority:
        """The cluster's certificates."""
        return Authority(self.folder / "pki")

    @property
    def server(self) -> str:
        """The API server's address."""
        return f"https://127.0.0.1:{self.api_port}"

    @property
    def audit_log(self) -> Path:
        """The API server's audit log, one JSON object a line."""
        return self.folder / "audit.log"

    @property
    def audit_policy(self) -> Path:
        """What the API server writes there."""
        return self.folder / "audit-policy.json"

    @property
    def logs(self) -> Path:
        """One log file per program."""
        return self.folder / "log"

    @property
    def record(self) -> Path:
        """The processes of this cluster, in the order in which they were started."""
        return self.folder / "processes.json"

    def kubeconfig(self, name: str = "admin") -> Path:
        """The kubeconfig of a program or person."""
        return self.folder / f"{name}.kubeconfig"

    def program(self, name: str) -> str:
        """The path of a program."""
        return str(self.programs / name)
