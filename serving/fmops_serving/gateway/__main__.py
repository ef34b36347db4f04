"""`python -m fmops_serving.gateway`."""

from fmops_serving.gateway.command import gateway

if __name__ == "__main__":
    gateway(prog_name="python -m fmops_serving.gateway")
