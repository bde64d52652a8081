"""How machines find each other and found at most one cluster: a pure core in a thin shell."""
