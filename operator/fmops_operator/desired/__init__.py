"""Pure builders: from an object to the manifests of its children. No I/O, no clock."""
