"""Certificates of a local cluster, made with the openssl command, and kubeconfigs that carry them."""

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError

DAYS = 30
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Authority:
    """A certificate authority whose files are in one folder."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """What clients and servers trust."""
        return self.folder / "ca.crt"

    @property
    def service_account_key(self) -> Path:
        """What service account tokens are signed with."""
        return self.folder / "sa.key"

    def certificate_of(self, name: str) -> Path:
        """The certificate that was issued under this name."""
        return self.folder / f"{name}.crt"

    def key_of(self, name: str) -> Path:
        """The private key that belongs to the certificate of this name."""
        return self.folder / f"{name}.key"

    def create(self) -> None:
        """Make the authority and the key of service accounts. Raises ClusterError when openssl cannot."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        usage = "keyUsage=critical,keyCertSign,digitalSignature"
        _openssl(
            *("req", "-x509", *CURVE, "-days", str(DAYS), "-subj", "/CN=local-ca", "-addext", usage),
            *("-keyout", str(self.key_of("ca")), "-out", str(self.certificate)),
        )
        sa_key = str(self.service_account_key)
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", sa_key)

    def issue(self, name: str, user: str, groups: Sequence[str] = (), names: Sequence[str] = ()) -> None:
        """Issue a certificate; `names` are its subject alternative names, as `DNS:x` and `IP:x`."""
        subject = "".join(f"/O={group}" for group in groups) + f"/CN={user}"
        extensions = ["basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature"]
        extensions.append("extendedKeyUsage=serverAuth,clientAuth")
        if names:
            extensions.append(f"subjectAltName={','.join(names)}")
        _openssl(
            *("req", "-x509", *CURVE, "-days", str(DAYS), "-subj", subject),
            *("-CA", str(self.certificate), "-CAkey", str(self.key_of("ca"))),
            *(word for extension in extensions for word in ("-addext", extension)),
            *("-keyout", str(self.key_of(name)), "-out", str(self.certificate_of(name))),
        )

    def kubeconfig(self, name: str, server: str) -> str:
        """A kubeconfig with the certificate of this name inside, so that the file can be moved anywhere."""
        cluster = {"server": server, "certificate-authority-data": _base64(self.certificate)}
        user = {
            "client-certificate-data": _base64(self.certificate_of(name)),
            "client-key-data": _base64(self.key_of(name)),
        }
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "local",
                "clusters": [{"name": "local", "cluster": cluster}],
                "users": [{"name": name, "user": user}],
                "contexts": [{"name": "local", "context": {"cluster": "local", "user": name}}],
            },
            indent=1,
        )


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _openssl(*arguments: str) -> None:
    if not shutil.which("openssl"):
        raise ClusterError("the openssl command is missing; on Debian: apt-get install openssl")
    run = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if run.returncode:
        raise ClusterError(f"openssl {arguments[0]} failed: {run.stderr.strip()[-500:]}")
