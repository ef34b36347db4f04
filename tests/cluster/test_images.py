import tarfile
from pathlib import Path

import pytest

from tests.cluster.compiled_wheel import compiled_wheel
from tests.cluster.errors import ClusterError
from tests.cluster.images_base import wanted
from tests.cluster.images_builder import Buildah, Docker, find_builder, shorten
from tests.cluster.images_plan import DOCKERFILE, OWN, plan_own
from tests.cluster.images_recipe import image_key, needed_stages, parse_stages
from tests.cluster.images_settings import find_authorities, parse_pip_settings, pip_conf, uv_toml
from tests.cluster.native_wheel import native_wheel

TWO_TARGETS = """\
ARG BASE=debian
FROM ${BASE} AS tools
RUN install tools
FROM tools AS build
# what is compiled
COPY source \\
     more.txt ./
FROM ${BASE} AS one
COPY --from=build /out /out
FROM ${BASE} AS other
RUN --mount=type=bind,from=tools,source=/bin/tool,target=/bin/tool \\
    --mount=type=bind,source=list.txt,target=/list.txt tool /list.txt
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    for name, text in (("Dockerfile", TWO_TARGETS), ("source/a.py", "a"), ("more.txt", "m"), ("list.txt", "l")):
        (tmp_path / name).write_text(text)
    return tmp_path


def keys(context: Path, base: str = "base") -> dict[str, str]:
    return {target: image_key(context, context / "Dockerfile", target, base) for target in ("one", "other")}


@pytest.mark.parametrize(
    ("changed", "text", "rebuilt"),
    [
        pytest.param("source/a.py", "b", {"one"}, id="a source rebuilds the target that copies its folder"),
        pytest.param("source/new.py", "", {"one"}, id="a new file in a copied folder rebuilds it"),
        pytest.param("more.txt", "x", {"one"}, id="a copied file on a continued line counts"),
        pytest.param("list.txt", "x", {"other"}, id="a file that is only mounted counts"),
        pytest.param("unused.txt", "x", set(), id="a file that nothing takes rebuilds nothing"),
        pytest.param("source/__pycache__/a.pyc", "x", set(), id="compiled Python rebuilds nothing"),
        pytest.param(
            "Dockerfile", TWO_TARGETS.replace("install tools", "x"), {"one", "other"}, id="a shared stage rebuilds both"
        ),
        pytest.param(
            "Dockerfile", TWO_TARGETS.replace("tool /list", "x /list"), {"other"}, id="a stage rebuilds its own target"
        ),
        pytest.param(
            "Dockerfile", TWO_TARGETS.replace("# what is", "# all that is"), set(), id="a comment rebuilds nothing"
        ),
    ],
)
def test_an_image_is_rebuilt_when_and_only_when_an_input_changes(
    context: Path, changed: str, text: str, rebuilt: set[str]
) -> None:
    before = keys(context)
    (context / changed).parent.mkdir(exist_ok=True)
    (context / changed).write_text(text)
    after = keys(context)
    assert {target for target in before if before[target] != after[target]} == rebuilt


def test_another_base_image_rebuilds_everything(context: Path) -> None:
    before, after = keys(context), keys(context, base="other")
    assert all(before[target] != after[target] for target in before)


CHOSEN = """\
ARG PART=built
FROM scratch AS part-built
COPY source .
FROM scratch AS part-given
COPY --from=parts / .
FROM part-${PART} AS part
FROM scratch AS one
COPY --from=part / .
"""


def test_an_argument_chooses_the_stage_whose_inputs_count(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    for file in ("source", "parts/a"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "Dockerfile").write_text(CHOSEN)

    def keys_now() -> dict[str, str]:
        return {
            part: image_key(
                tmp_path, tmp_path / "Dockerfile", "one", "", arguments={"PART": part}, contexts={"parts": parts}
            )
            for part in ("built", "given")
        }

    before = keys_now()
    (tmp_path / "source").write_text("changed")
    of_source = keys_now()
    (parts / "a").write_text("changed")
    assert before["built"] != of_source["built"] == keys_now()["built"], "its own source counts, and nothing given"
    assert before["given"] == of_source["given"] != keys_now()["given"], "what is given counts, and not the source"


def test_what_is_compiled_is_built_from_its_sources_where_the_base_is_public() -> None:
    stages = parse_stages(DOCKERFILE.read_text())
    paths = {path for name in needed_stages(stages, "serving") for path in stages[name].paths}
    assert {"native/src", "native/Cargo.toml", "compiled"} <= paths
    given = parse_stages(DOCKERFILE.read_text(), {"NATIVE": "given"})
    assert not {"native-built", "compiled-built"} & set(needed_stages(given, "serving"))


def test_nothing_is_compiled_where_there_is_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert (native_wheel(), compiled_wheel()) == (None, None)


def test_a_target_that_is_not_there_is_named_with_those_that_are(context: Path) -> None:
    with pytest.raises(ClusterError, match="no target none; it has tools, build, one, other"):
        needed_stages(parse_stages(TWO_TARGETS), "none")


def test_a_missing_file_is_named(context: Path) -> None:
    (context / "more.txt").unlink()
    with pytest.raises(ClusterError, match=r"the Dockerfile copies more\.txt, which is not in "):
        keys(context)


def test_the_engine_is_not_rebuilt_when_our_own_code_changes() -> None:
    stages = parse_stages(DOCKERFILE.read_text())
    paths = {path for name in needed_stages(stages, "engine-cpu") for path in stages[name].paths}
    assert paths == {"docker/engine-overrides.txt"}


@pytest.mark.parametrize("name", OWN)
def test_every_final_image_runs_as_a_numbered_user_without_rights(name: str) -> None:
    assert "USER 10001:10001" in parse_stages(DOCKERFILE.read_text())[name].instructions


def test_the_default_base_is_pinned_by_digest() -> None:
    plans = [plan_own(name, public_base=True) for name in OWN]
    assert all(not plan.arguments for plan in plans)
    assert "python:3.11.14-slim-bookworm@sha256:" in DOCKERFILE.read_text()


def test_only_settings_that_make_sense_elsewhere_go_into_a_build() -> None:
    listing = (
        "global.index-url='https://global.example/simple'\n"
        ":env:.index-url='https://user:p@ss@env.example/simple'\n"
        "install.extra-index-url='https://a.example\\nhttps://b.example'\n"
        ":env:.find-links='/some/folder'\nglobal.cert='/some/ca.crt'\n"
    )
    settings = parse_pip_settings(listing)
    assert settings == {
        "index-url": "https://user:p@ss@env.example/simple",
        "extra-index-url": "https://a.example https://b.example",
    }
    assert pip_conf(settings).splitlines()[0] == "[global]"
    assert 'url = "https://user:p@ss@env.example/simple"\ndefault = true' in uv_toml(settings, {})
    assert 'url = "https://b.example"' in uv_toml(settings, {})


def test_an_index_set_for_uv_wins_over_the_one_for_pip() -> None:
    toml = uv_toml({"index-url": "https://pip.example"}, {"UV_DEFAULT_INDEX": "https://uv.example"})
    assert "https://uv.example" in toml
    assert "https://pip.example" not in toml


def test_a_machine_without_settings_passes_empty_files() -> None:
    assert pip_conf({}) == "[global]\n"
    assert not uv_toml({}, {}).strip()


def test_the_certificates_named_in_the_environment_are_the_ones_passed_on(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").touch()
    assert find_authorities({"PIP_CERT": str(tmp_path / "ca.crt")}) == tmp_path / "ca.crt"


@pytest.mark.parametrize(
    ("name", "folder", "kept"),
    [
        pytest.param("./usr/bin/python3", False, True, id="a program stays"),
        pytest.param("./etc/resolv.conf", False, False, id="the building machine's name servers go"),
        pytest.param("./dev", True, True, id="the folder of devices stays"),
        pytest.param("./dev/null", False, False, id="the devices go"),
        pytest.param("./var/cache/apt/archives/a.deb", False, False, id="downloaded packages go"),
    ],
)
def test_the_base_holds_what_debian_installs_and_nothing_of_this_machine(name: str, folder: bool, kept: bool) -> None:
    member = tarfile.TarInfo(name)
    member.type = tarfile.DIRTYPE if folder else tarfile.REGTYPE
    assert (wanted(member) is member) == kept


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param("[2/6] STEP 3/5: RUN --mount=type=secret x", "stage 2/6, instruction 3/5 (RUN)", id="of a stage"),
        pytest.param("STEP 1/4: FROM scratch", "instruction 1/4 (FROM)", id="of the only stage"),
        pytest.param("Extracting tar...\n", "Extracting tar...", id="anything else as it is"),
    ],
)
def test_progress_names_the_instruction_by_its_number(line: str, shown: str) -> None:
    assert shorten(line) == shown


@pytest.mark.parametrize(
    ("wanted", "engine", "found"),
    [
        pytest.param("", True, Docker, id="Docker where its engine answers"),
        pytest.param("", False, Buildah, id="else buildah"),
        pytest.param("buildah", True, Buildah, id="buildah when it is asked for, though an engine answers"),
    ],
)
def test_images_are_built_by_what_is_there_or_asked_for(
    wanted: str, engine: bool, found: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, status in (("docker", 0 if engine else 1), ("buildah", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("FMOPS_BUILDER", wanted)
    assert isinstance(find_builder(), found)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        pytest.param("podman", "FMOPS_BUILDER is 'podman'; docker or buildah", id="another name"),
        pytest.param(
            "docker", "FMOPS_BUILDER is docker, and no Docker engine answers", id="an engine that is not there"
        ),
    ],
)
def test_a_builder_that_cannot_be_had_is_refused(
    wanted: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("FMOPS_BUILDER", wanted)
    with pytest.raises(ClusterError, match=sentence):
        find_builder()
