# The page in a container: without a GPU by default, as nobody in particular, on a root file system
# that may be read-only. README.md, "Deploy", has the commands.
#
# With an NVIDIA GPU:
#   --build-arg BASE=nvidia/cuda:12.8.1-runtime-ubuntu24.04
#   --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

# Bases without Python 3.11 or newer get their system's, of whatever version the base has.
# hadolint ignore=DL3008
RUN python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || (apt-get update \
        && apt-get install -y --no-install-recommends python3 python3-venv \
        && rm -rf /var/lib/apt/lists/*)
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# What is needed changes less often than the program, so it is a layer of its own. torch comes first
# and from its own index: the one on PyPI brings gigabytes of CUDA.
WORKDIR /app
COPY requirements.txt ./
RUN grep -E '^(torch|torchvision)[><=]' requirements.txt > /tmp/torch.txt \
    && pip install --index-url "${TORCH_INDEX}" -r /tmp/torch.txt \
    && pip install -r requirements.txt \
    && rm /tmp/torch.txt

COPY LICENSE LICENSES.md README.md app.py ./
COPY assets ./assets
COPY weights ./weights
COPY gcdemo ./gcdemo

# All that is written: votes and fetched weights to /data, pictures of visitors to /tmp.
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
ENV HOME=/tmp \
    HF_HOME=/data/huggingface \
    GCDEMO_DATA=/data/study \
    GCDEMO_HOME=/data/gcdemo \
    GRADIO_TEMP_DIR=/tmp/gradio \
    GRADIO_ANALYTICS_ENABLED=False \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER 1000:1000
EXPOSE 7860
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/', timeout=8)"]
CMD ["python", "app.py"]
