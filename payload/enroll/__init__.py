"""How this node gets its secrets: it shows Genesis its public key, and gets them sealed to it (docs/cluster.md)."""
