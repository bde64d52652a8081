"""Check-ins: a node tells Genesis how far it is. Nothing depends on their being heard."""
