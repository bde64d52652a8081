"""k3s itself on a node: its binary and images, fetched once, checked, and used offline from then on."""
