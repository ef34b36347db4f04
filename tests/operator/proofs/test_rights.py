"""With the rights that the chart gives, and no others, every kind is looked after."""

from contextlib import closing
from pathlib import Path

from tests.cluster.control_plane import ControlPlane
from tests.cluster.progress import wait_until
from tests.operator.proofs.population import claim, population, unfinished
from tests.support.api import Api
from tests.support.helm import objects, template
from tests.support.openai_server import Whole, openai_server
from tests.support.operator_process import Operator, Setup

_RIGHTS = {"Role", "RoleBinding"}


def test_in_namespaced_mode_a_role_is_enough(crds_installed: ControlPlane, namespace: str, tmp_path: Path) -> None:
    rendered = objects(template((f"watchNamespaces={{{namespace}}}",), namespace=namespace))
    rights = [each for each in rendered if each["kind"] in _RIGHTS]
    assert rights
    assert not any(each["kind"].startswith("Cluster") and "Role" in each["kind"] for each in rendered)
    user = f"only-{namespace[-6:]}"
    bindings = [each for each in rights if each["kind"] == "RoleBinding"]
    lease = bindings[0]["subjects"][0]["name"]  # the chart limits the rights to a Lease of this name
    for binding in bindings:
        binding["subjects"] = [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}]
    crds_installed.kubectl.apply(*rights)
    settings = {"namespaces": namespace, "lease_namespace": namespace, "lease_name": lease}
    setup = Setup(crds_installed.kubeconfig_for(user), tmp_path, settings=settings)
    with (
        openai_server(lambda _: Whole("refund")) as endpoint,
        Operator(setup) as operator,
        closing(Api(crds_installed)) as api,
    ):
        for manifest in (claim(), *population(endpoint.url)):
            api.apply(manifest, namespace)
        wait_until("all thirty", lambda: not unfinished(api, namespace), seconds=240)
        assert "cannot" not in operator.log.read_text().replace("cannot finish", "")
