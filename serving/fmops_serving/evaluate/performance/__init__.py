"""The stage that puts an endpoint under load: throughput and latency by level of concurrency."""
