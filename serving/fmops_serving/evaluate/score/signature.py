"""sacrebleu's own signature of a metric."""

from sacrebleu.metrics.base import Metric


def sacrebleu_signature(metric: Metric) -> str:
    """Write the signature as sacrebleu does; how many references each example has is the data's affair, so `var`."""
    metric.num_refs = -1
    return str(metric.get_signature().format())
