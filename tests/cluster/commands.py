"""The command lines of the control plane's programs. Pure."""

from collections.abc import Sequence

from tests.cluster.layout import NODE_ADDRESS, SERVICE_NETWORK, Layout

# The controllers' own limits (20 requests a second) would be what a test of a thousand objects measures.
FAST_CLIENT = ("--kube-api-qps=300", "--kube-api-burst=500")


def etcd_command(layout: Layout) -> list[str]:
    """One etcd member that does not wait for the disk: its data lives as long as the cluster."""
    client, peer = f"http://127.0.0.1:{layout.etcd_port}", f"http://127.0.0.1:{layout.etcd_peer_port}"
    return [
        *(layout.program("etcd"), "--name=one", f"--data-dir={layout.folder}/etcd", "--unsafe-no-fsync"),
        *("--log-level=warn", f"--listen-client-urls={client}", f"--advertise-client-urls={client}"),
        *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=one={peer}"),
    ]


def apiserver_command(layout: Layout, extra: Sequence[str] = ()) -> list[str]:
    """The API server with RBAC and an audit log of every write; `extra` comes last and wins."""
    return [
        *(layout.program("kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{layout.etcd_port}"),
        *(f"--secure-port={layout.api_port}", f"--service-cluster-ip-range={SERVICE_NETWORK}"),
        *("--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true"),
        *("--profiling=false", f"--audit-policy-file={layout.audit_policy}", f"--audit-log-path={layout.audit_log}"),
        "--audit-log-maxsize=10240",
        *_addresses(layout),
        *_certificates(layout),
        *extra,
    ]


def _addresses(layout: Layout) -> tuple[str, ...]:
    if layout.node:
        preferred = "--kubelet-preferred-address-types=InternalIP"
        return (f"--advertise-address={NODE_ADDRESS}", "--bind-address=0.0.0.0", preferred)
    # Loopback may not be an endpoint, so the Service `kubernetes` is left without any.
    return ("--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none")


def _certificates(layout: Layout) -> tuple[str, ...]:
    ca = layout.authority
    return (
        f"--client-ca-file={ca.certificate}",
        f"--tls-cert-file={ca.certificate_of('apiserver')}",
        f"--tls-private-key-file={ca.key_of('apiserver')}",
        f"--service-account-key-file={ca.service_account_key}",
        f"--service-account-signing-key-file={ca.service_account_key}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--kubelet-client-certificate={ca.certificate_of('apiserver-kubelet')}",
        f"--kubelet-client-key={ca.key_of('apiserver-kubelet')}",
        f"--kubelet-certificate-authority={ca.certificate}",
    )


def controller_manager_command(layout: Layout) -> list[str]:
    """All the controllers of Kubernetes: Deployments, Jobs, garbage collection, namespaces, ..."""
    ca = layout.authority
    return [
        *(layout.program("kube-controller-manager"), f"--kubeconfig={layout.kubeconfig('controller-manager')}"),
        *("--leader-elect=false", "--secure-port=0", "--use-service-account-credentials", *FAST_CLIENT),
        *(f"--root-ca-file={ca.certificate}", f"--service-account-private-key-file={ca.service_account_key}"),
        *(f"--cluster-signing-cert-file={ca.certificate}", f"--cluster-signing-key-file={ca.key_of('ca')}"),
    ]


def scheduler_command(layout: Layout) -> list[str]:
    """The scheduler: without a node, real or played by kwok, pods stay Pending and it says why."""
    kubeconfig = f"--kubeconfig={layout.kubeconfig('scheduler')}"
    return [layout.program("kube-scheduler"), kubeconfig, "--leader-elect=false", "--secure-port=0", *FAST_CLIENT]
