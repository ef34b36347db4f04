"""A real Kubernetes on this machine: `python -m tests.cluster COMMAND`."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence

from tests.cluster import build
from tests.cluster.background import BackgroundCluster, BackgroundControlPlane
from tests.cluster.errors import ClusterError
from tests.cluster.progress import say

EPILOG = """\
A control plane (the default) is etcd, kube-apiserver, kube-controller-manager and kube-scheduler on loopback, for any
user; pods stay Pending. --node is the same with one real node that runs pods, for root on Linux; where a Docker engine
and `kind` are found, it is a kind cluster (FMOPS_KIND_IMAGE: another node image than kind's own). Images are built by
Docker where it is found, else by buildah (FMOPS_BUILDER=buildah: on a base made here, though Docker is found).

exit status: 0 done, 1 it failed and standard error says why, 2 wrong arguments, 3 status: nothing runs;
             run and shell: the status of what they ran
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m tests.cluster",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _command(commands, "build", "build the programs, and with --node all that pods need, once", _build)
    _command(commands, "up", "start a cluster and leave it running", lambda a: _cluster(a).up())
    _command(commands, "down", "stop it and everything in it", lambda a: _cluster(a).down())
    _command(commands, "status", "show what runs", _status)
    _command(
        commands, "kubeconfig", "print the path of its kubeconfig", lambda a: print(_cluster(a).connect().kubeconfig)
    )
    _command(commands, "shell", "open $SHELL with kubectl pointed at it", _shell)
    run = _command(commands, "run", "run a command where the cluster's addresses work, KUBECONFIG set", _run)
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="CMD ...", help="the command and its arguments")
    _command(commands, "images", "build the images operator, serving and engine-cpu", _images)
    return top


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    action: Callable[[argparse.Namespace], None],
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    made.set_defaults(action=action)
    if name != "images":
        made.add_argument("--node", action="store_true", help="the cluster with a real node that runs pods (root)")
    if name not in ("build", "images"):
        made.add_argument("--name", default="default", type=_name, help="which control plane (default: default)")
    return made


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", text) or text in ("node", "kind"):
        raise argparse.ArgumentTypeError(f"{text!r} is no name: up to 32 of a-z, 0-9 and -, and not `node` or `kind`")
    return text


def _cluster(arguments: argparse.Namespace) -> BackgroundCluster:
    if arguments.node:
        from tests.cluster.nodes import choose_node  # noqa: PLC0415 - a control plane needs none of it

        return choose_node()
    return BackgroundControlPlane(arguments.name)


def _build(arguments: argparse.Namespace) -> None:
    if arguments.node:
        from tests.cluster import images, nodes  # noqa: PLC0415

        nodes.choose_node().prepare()
        images.main()
    else:
        build.main()


def _status(arguments: argparse.Namespace) -> None:
    lines = _cluster(arguments).status()
    if not lines:
        say(f"nothing runs; start it with `python -m tests.cluster up{' --node' * arguments.node}`")
        sys.exit(3)
    print("\n".join(lines))


def _run(arguments: argparse.Namespace) -> None:
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    if not argv:
        raise ClusterError("run: which command? For example `python -m tests.cluster run kubectl get pods -A`")
    _replace_by(_cluster(arguments), argv)


def _shell(arguments: argparse.Namespace) -> None:
    say("kubectl is on the PATH and points at the cluster; `exit` leaves this shell, the cluster goes on")
    _replace_by(_cluster(arguments), [os.environ.get("SHELL") or "/bin/sh"])


def _replace_by(cluster: BackgroundCluster, argv: Sequence[str]) -> None:
    kubectl = cluster.connect()
    command = [*kubectl.prefix, *argv]
    try:
        os.execvpe(command[0], command, kubectl.environment)  # noqa: S606 - the command is the user's own
    except OSError as error:
        raise ClusterError(f"cannot run {command[0]}: {error.strerror}") from error


def _images(_: argparse.Namespace) -> None:
    from tests.cluster import images  # noqa: PLC0415 - needs more than a control plane does

    images.main()


def main() -> int:
    """Run one command; see `exit status` in --help."""
    arguments = parser().parse_args()
    try:
        arguments.action(arguments)
    except (ClusterError, OSError) as error:
        say(f"tests.cluster: {error}")
        return 1
    except KeyboardInterrupt:
        say("tests.cluster: interrupted")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
