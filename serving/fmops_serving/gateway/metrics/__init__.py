"""The gateway's metrics: cells that count, the recorder that fills them, the page that Prometheus reads.

Own code and not prometheus-client: an observation costs nine times as much there and a page twenty times, 33 ms for 50
models, on the loop that answers requests (`python -m tests.bench.metrics`).
"""
