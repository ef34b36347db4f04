"""HTTP/1.1 towards engines and providers: pooled connections, bounds, time-outs, answers whole or as they come."""
