"""`fmops validate`: manifests checked without a cluster, by the types, rules and templates that the cluster uses."""
