"""Keeps pods away from Genesis: it knows machines by their MAC addresses, and what a pod sends has its node's."""
