"""What decides whether the gateway's hot modules are compiled anew."""

import pytest

from tests.cluster.compiled_wheel import sources


@pytest.mark.parametrize(
    ("path", "decides"),
    [
        pytest.param("serving/fmops_serving/gateway/serve.py", True, id="a hot module"),
        pytest.param("serving/fmops_serving/gateway/routes/routes.py", True, id="what one imports"),
        pytest.param("serving/fmops_serving/guard/rails.py", True, id="what that imports"),
        pytest.param("crds/fmops_api/route.py", True, id="types of the API"),
        pytest.param("native/fmops_native.pyi", True, id="types of the native part"),
        pytest.param("compiled/hot.txt", True, id="the list"),
        pytest.param("compiled/setup.py", True, id="the build"),
        pytest.param("serving/fmops_serving/gateway/command.py", False, id="what imports them"),
        pytest.param("serving/fmops_serving/evaluate/runner.py", False, id="another program"),
    ],
)
def test_hot_modules_are_compiled_anew_when_they_change_or_what_they_import(path: str, decides: bool) -> None:
    assert (path in sources()) is decides
