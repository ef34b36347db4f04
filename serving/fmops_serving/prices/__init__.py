"""Price lists: what models cost, from a ConfigMap or from their cards."""
