"""The metrics: pure accumulators that are fed answers one by one and give figures with intervals."""
