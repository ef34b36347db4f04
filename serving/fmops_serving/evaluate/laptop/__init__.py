"""`fmops evaluate`: the same evaluation without a cluster, from the same manifests."""
