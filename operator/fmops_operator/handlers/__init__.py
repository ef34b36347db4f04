"""What happens in the cluster becomes looks at our objects: kopf's shims, arrivals of children, the look itself."""
