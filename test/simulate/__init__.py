"""The founding of clusters in virtual time: many machines, a bad network, a bad operator, one judge."""
