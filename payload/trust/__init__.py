"""Proofs by the peer key, and secrets that Genesis has sealed to this node; the other half of trust/."""
