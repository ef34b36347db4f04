"""What the gateway serves: routes, from a folder or from the cluster, as one table that is replaced as a whole."""
