"""The ways in which a local cluster says that something cannot be done."""


class ClusterError(Exception):
    """A sentence for the person at the screen: what failed, and what to do about it."""


class KubectlError(ClusterError):
    """kubectl refused or failed; the text is what it said."""
