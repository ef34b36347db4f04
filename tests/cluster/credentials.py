"""Who may talk to a cluster: the certificates of its programs and people, and their kubeconfigs."""

import re
import ssl
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.layout import API_ADDRESS, NODE_ADDRESS, NODE_NAME, Layout

SERVICE_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
USERS = {
    "admin": ("admin", ("system:masters",)),
    "controller-manager": ("system:kube-controller-manager", ()),
    "scheduler": ("system:kube-scheduler", ()),
}


def write_credentials(layout: Layout) -> None:
    """Make the cluster's authority and what its own programs show. Raises ClusterError when openssl cannot."""
    authority = layout.authority
    authority.create()
    names = [f"DNS:{name}" for name in ("localhost", NODE_NAME, *SERVICE_NAMES)]
    names += [f"IP:{address}" for address in ("127.0.0.1", NODE_ADDRESS, API_ADDRESS)]
    authority.issue("apiserver", "kube-apiserver", names=names)
    authority.issue("apiserver-kubelet", "kube-apiserver-kubelet-client", ["system:masters"])
    for name, (user, groups) in USERS.items():
        _write_user(layout, name, user, groups)


def write_kubeconfig(layout: Layout, user: str, groups: Sequence[str]) -> Path:
    """Make a user and return the kubeconfig."""
    return _write_user(layout, re.sub(r"[^a-z0-9]+", "-", user.lower()), user, groups)


def admin_context(layout: Layout) -> ssl.SSLContext:
    """What a client needs to speak to the API server as its administrator."""
    context = ssl.create_default_context(cafile=str(layout.authority.certificate))
    context.load_cert_chain(layout.authority.certificate_of("admin"), layout.authority.key_of("admin"))
    return context


def _write_user(layout: Layout, name: str, user: str, groups: Sequence[str]) -> Path:
    layout.authority.issue(name, user, groups)
    path = layout.kubeconfig(name)
    path.touch(mode=0o600)
    path.write_text(layout.authority.kubeconfig(name, layout.server))
    return path
