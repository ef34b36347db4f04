"""A place in an object store, and the keys that open it."""

from typing import Annotated, ClassVar

from pydantic import Field

from fmops_api.meta import LocalReference, Model, Rule
from fmops_api.scalars import BaseUrl, Shape

StoreUri = Annotated[
    str,
    Field(max_length=1024),
    Shape(
        r"(s3|gs|az)://[a-z0-9]([-a-z0-9._]{0,61}[a-z0-9])?(/[-A-Za-z0-9._~=+@]+)*/?",
        "must be a bucket and a folder such as s3://lake/evaluations, with s3, gs or az in front",
    ),
]
Region = Annotated[
    str, Field(max_length=63), Shape(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", "must be a region such as eu-central-1")
]
CREDENTIALS = {
    "s3": {"AWS_ACCESS_KEY_ID": True, "AWS_SECRET_ACCESS_KEY": True, "AWS_SESSION_TOKEN": False},
    "gs": {"GOOGLE_SERVICE_ACCOUNT_KEY": True},
    "az": {
        "AZURE_STORAGE_ACCOUNT_NAME": True,
        "AZURE_STORAGE_ACCOUNT_KEY": False,
        "AZURE_STORAGE_CLIENT_ID": False,
        "AZURE_STORAGE_CLIENT_SECRET": False,
        "AZURE_STORAGE_TENANT_ID": False,
    },
}
"""Keys of the Secret by the scheme of the URI, which are the variables that the store's client reads, and which of
them must be there."""


class ObjectStore(Model):
    """A folder of a bucket."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!(has(self.region) || has(self.endpoint)) || self.uri.startsWith('s3://')",
            "endpoint and region belong to s3://",
        ),
        Rule(
            "!('/' + self.uri + '/').contains('/../') && !('/' + self.uri + '/').contains('/./')",
            "uri must not contain '.' or '..' as a folder",
        ),
    )

    uri: StoreUri = Field(
        description="Bucket and folder: s3:// (AWS and what speaks its API), gs:// (Google) or az:// (Azure)."
    )
    endpoint: BaseUrl | None = Field(
        default=None, description="Address of a store other than AWS, such as http://minio.storage.svc:9000."
    )
    region: Region | None = Field(default=None, description="Region of the bucket; us-east-1 when left out.")
    credentials_secret_ref: LocalReference | None = Field(
        default=None,
        description="Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, where"
        " there is one); GOOGLE_SERVICE_ACCOUNT_KEY; or AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY."
        " Left out where the pod's own identity opens the bucket.",
    )

    @property
    def scheme(self) -> str:
        """Say whose store it is: s3, gs or az."""
        return self.uri.partition("://")[0]
