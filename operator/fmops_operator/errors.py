"""What can go wrong between us and the API server, sorted by who can mend it.

* ClusterError
  x Conflict       somebody else wrote first: look again
  x Unavailable    the API server is away, slow or busy: try again later
  x Forbidden      our rights are too small: the chart's RBAC, a person
  x Refused        the object is not acceptable (schema, quota, admission): the object's author
  x Absent         there is no such object, or its whole kind is not there: nobody, or whoever installs the CRD
  x Expired        a list or watch is older than the API server remembers: list again
  x NoCluster      there is nothing to log in to: whoever starts the operator
  x NotLeading     this replica may not write now: another one does
"""


class ClusterError(Exception):
    """A request to the API server failed; `message` is the server's own, in one line."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after
        """Seconds after which the server asked us to come back, if it did."""


class Conflict(ClusterError):  # noqa: N818
    """Somebody else wrote first."""


class Unavailable(ClusterError):  # noqa: N818
    """The API server is away, slow or busy."""


class Forbidden(ClusterError):  # noqa: N818
    """Our rights are too small."""


class Refused(ClusterError):  # noqa: N818
    """The object is not acceptable: schema, quota or admission."""


class Absent(ClusterError):  # noqa: N818
    """There is no such object, or no such kind."""


class Expired(ClusterError):  # noqa: N818
    """A list or watch is older than the API server remembers."""


class NoCluster(ClusterError):  # noqa: N818
    """There is no cluster to log in to."""


class NotLeading(ClusterError):  # noqa: N818
    """Another replica holds the Lease, so this one may not write."""
